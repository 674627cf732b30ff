import { canonical, type Fields, fields, list, text } from './json.ts';
import type { Broken } from './openai-error.ts';
import { type Gpt, spell } from './openai-models.ts';
import type { Memory } from './vendor.ts';

/** Order and shape of a conversation. https://developers.openai.com/api/docs/guides/function-calling?api-mode=chat */
export function conversation(body: Fields): Broken | null {
  const messages = list(body.messages);
  if (messages.length === 0)
    return {
      message:
        "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      param: 'messages',
      code: 'empty_array',
    };
  let open: string[] = [];
  for (const [index, message] of messages.entries()) {
    const role = text(message.role);
    const at = `messages.[${index}]`;
    if (!['system', 'developer', 'user', 'assistant', 'tool'].includes(role))
      return {
        message: `Invalid value: '${role}'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and 'developer'.`,
        param: `messages[${index}].role`,
        code: 'invalid_value',
      };
    if (role === 'tool') {
      const id = text(message.tool_call_id);
      if (!open.includes(id))
        return {
          message:
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          param: `${at}.role`,
        };
      open = open.filter((one) => one !== id);
      continue;
    }
    if (open.length > 0) return unanswered(open, at);
    const calls = list(message.tool_calls);
    if (role === 'assistant' && calls.length === 0 && empty(message.content))
      return { message: "Invalid value for 'content': expected a string, got null.", param: `${at}.content` };
    if (role === 'user' && empty(message.content))
      return { message: `Missing required parameter: 'messages[${index}].content'.`, param: `${at}.content` };
    for (const call of calls) {
      if (typeof fields(call.function).arguments !== 'string')
        return {
          message: `Invalid type for 'messages[${index}].tool_calls[0].function.arguments': expected a string, but got an object instead.`,
          param: `${at}.tool_calls`,
          code: 'invalid_type',
        };
      open.push(text(call.id));
    }
  }
  return open.length > 0 ? unanswered(open, `messages.[${messages.length}]`) : null;
}

function unanswered(ids: string[], at: string): Broken {
  return {
    message: `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(', ')}`,
    param: `${at}.role`,
  };
}

function empty(content: unknown): boolean {
  return (
    content === undefined || content === null || content === '' || (Array.isArray(content) && content.length === 0)
  );
}

export function hasImage(body: Fields): number {
  return list(body.messages).findIndex((message) => list(message.content).some((part) => part.type === 'image_url'));
}

/** https://developers.openai.com/api/reference/resources/chat and the issues named in `openai-models.ts`. */
export function openaiParameters(body: Fields, model: Gpt): Broken | null {
  const id = text(body.model);
  const reasons = model.efforts.length > 0;
  const effort = body.reasoning_effort;
  for (const name of ['thinking', 'reasoning', 'enable_thinking', 'chat_template_kwargs'])
    if (body[name] !== undefined)
      return { message: `Unknown parameter: '${name}'.`, param: name, code: 'unknown_parameter' };
  if (effort !== undefined && !reasons)
    return {
      message: 'Unrecognized request argument supplied: reasoning_effort',
      param: 'reasoning_effort',
      code: 'unsupported_parameter',
    };
  if (effort !== undefined && !model.efforts.includes(String(effort)))
    return {
      message: `Unsupported value: 'reasoning_effort' does not support '${String(effort)}' with this model. Supported values are: ${spell(model.efforts)}.`,
      param: 'reasoning_effort',
      code: 'unsupported_value',
    };
  const inForce = reasons ? (effort ?? model.defaultEffort) : 'none';
  if (model.noToolsWithReasoningInChat && inForce !== 'none' && list(body.tools).length > 0)
    return {
      message: `Function tools with reasoning_effort are not supported for ${id} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`,
      param: 'reasoning_effort',
    };
  if (body.max_tokens !== undefined && reasons)
    return {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: 'max_tokens',
      code: 'unsupported_parameter',
    };
  const limit = Number(body.max_completion_tokens ?? body.max_tokens ?? 0);
  const name = body.max_tokens === undefined ? 'max_completion_tokens' : 'max_tokens';
  if (limit > model.maxOutputTokens)
    return {
      message: `${name} is too large: ${limit}. This model supports at most ${model.maxOutputTokens} completion tokens, whereas you provided ${limit}.`,
      param: name,
      code: 'invalid_value',
    };
  for (const sampling of ['temperature', 'top_p'])
    if (body[sampling] !== undefined && body[sampling] !== 1 && inForce !== 'none')
      return {
        message: `Unsupported value: '${sampling}' does not support ${String(body[sampling])} with this model. Only the default (1) value is supported.`,
        param: sampling,
        code: 'unsupported_value',
      };
  if (!model.images && hasImage(body) >= 0)
    return { message: 'Invalid content type. image_url is only supported by certain models.', param: 'messages' };
  return null;
}

/** https://api-docs.deepseek.com/guides/thinking_mode */
export function deepseekParameters(body: Fields, maxOutputTokens: number): Broken | null {
  const image = hasImage(body);
  if (image >= 0)
    return {
      message: `Failed to deserialize the JSON body into the target type: messages[${image}]: unknown variant \`image_url\`, expected \`text\``,
      code: 'invalid_request_error',
    };
  const developer = list(body.messages).findIndex((message) => message.role === 'developer');
  if (developer >= 0)
    return {
      message: `Failed to deserialize the JSON body into the target type: messages[${developer}].role: unknown variant \`developer\`, expected one of \`system\`, \`user\`, \`assistant\`, \`tool\``,
      code: 'invalid_request_error',
    };
  const type = fields(body.thinking).type;
  if (type !== undefined && type !== 'enabled' && type !== 'disabled')
    return { message: `Invalid thinking type: ${String(type)}`, code: 'invalid_request_error' };
  // "minimal/low map to low, medium/high/xhigh to high, max to max"
  const efforts = ['minimal', 'low', 'medium', 'high', 'xhigh', 'max', 'none'];
  if (body.reasoning_effort !== undefined && !efforts.includes(String(body.reasoning_effort)))
    return { message: `Invalid reasoning_effort: ${String(body.reasoning_effort)}`, code: 'invalid_request_error' };
  if (Number(body.max_tokens ?? 1) > maxOutputTokens || Number(body.max_tokens ?? 1) < 1)
    return {
      message: `Invalid max_tokens value, the valid range of max_tokens is [1, ${maxOutputTokens}]`,
      code: 'invalid_request_error',
    };
  if (!deepseekThinks(body)) return null;
  // "For turns that do perform tool calls, the reasoning_content must be fully passed back in all subsequent requests."
  const missing = list(body.messages).some(
    (message) =>
      message.role === 'assistant' && list(message.tool_calls).length > 0 && message.reasoning_content === undefined,
  );
  return missing
    ? {
        message: 'The `reasoning_content` in the thinking mode must be passed back to the API.',
        code: 'invalid_request_error',
      }
    : null;
}

/** Thinking is on unless it is turned off. https://api-docs.deepseek.com/guides/thinking_mode */
export function deepseekThinks(body: Fields): boolean {
  return fields(body.thinking).type !== 'disabled' && body.reasoning_effort !== 'none';
}

/** https://openrouter.ai/docs/guides/best-practices/reasoning-tokens */
export function routerParameters(body: Fields): string | null {
  const { effort, max_tokens: budget } = fields(body.reasoning);
  if (effort !== undefined && budget !== undefined)
    return 'Only one of "reasoning.effort" and "reasoning.max_tokens" can be specified';
  const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
  if (effort !== undefined && !efforts.includes(String(effort)))
    return `reasoning.effort: Invalid option: expected one of ${efforts.map((one) => `"${one}"`).join('|')}`;
  // "max_tokens must be strictly higher than the reasoning budget"
  if (budget !== undefined && body.max_tokens !== undefined && Number(budget) >= Number(body.max_tokens))
    return 'max_tokens must be strictly higher than reasoning.max_tokens';
  return null;
}

/** https://www.alibabacloud.com/help/en/model-studio/deep-thinking */
export function qwenParameters(body: Fields, longestThinking: number): string | null {
  if (body.enable_thinking === true && body.stream !== true)
    return 'parameter.enable_thinking must be set to false for non-streaming calls';
  const budget = body.thinking_budget;
  if (budget !== undefined && (!Number.isInteger(budget) || Number(budget) < 1 || Number(budget) > longestThinking))
    return `<400> InternalError.Algo.InvalidParameter: The thinking_budget parameter must be a positive integer and not greater than ${longestThinking}`;
  return null;
}

/**
 * "The entire sequence of consecutive reasoning blocks must match the outputs generated by the model"
 * openrouter.ai/docs/guides/best-practices/reasoning-tokens#preserving-reasoning-blocks; Anthropic's own refusal is passed on.
 */
export function routerThinking(body: Fields, memory: Memory): string | null {
  for (const [index, message] of list(body.messages).entries()) {
    const details = list(message.reasoning_details);
    if (details.length === 0) continue;
    const issued = memory.issued.get(text(details[0]!.signature));
    if (!issued || canonical(details) !== canonical(issued.all))
      return `Provider returned error: messages.${index}.content.0: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message cannot be modified.`;
  }
  return null;
}
