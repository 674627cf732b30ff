import { type Fields, fields, list, text } from './json.ts';
import type { Broken } from './openai-error.ts';
import { type Gpt, spell } from './openai-models.ts';
import type { Issued, Memory } from './vendor.ts';

/** The first rule that a request breaks, or null. https://developers.openai.com/api/reference/resources/responses */
export function broken(body: Fields, model: Gpt, memory: Memory): Broken | null {
  return (
    parameters(body, model) ??
    items(body, model, memory) ??
    calls(list(body.input)) ??
    // github.com/vercel/ai/issues/5917 and others
    (model.efforts.length === 0 && list(body.input).some((item) => item.type === 'reasoning')
      ? {
          message:
            'Reasoning input items can only be provided to a reasoning or computer use model. Remove reasoning items from your input and try again.',
          param: 'input',
        }
      : reasoning(body, memory))
  );
}

/** The level in force, `none` where the model does not reason. */
export function effortOf(body: Fields, model: Gpt): string {
  return model.efforts.length === 0 ? 'none' : text(fields(body.reasoning).effort) || model.defaultEffort;
}

const known =
  'model input instructions tools tool_choice reasoning include store stream stream_options max_output_tokens max_tool_calls metadata parallel_tool_calls previous_response_id conversation prompt prompt_cache_key prompt_cache_retention prompt_cache_options safety_identifier service_tier temperature text top_logprobs top_p truncation user background context_management'.split(
    ' ',
  );

function parameters(body: Fields, model: Gpt): Broken | null {
  const extra = Object.keys(body).find((key) => !known.includes(key));
  if (extra) return { message: `Unknown parameter: '${extra}'.`, param: extra, code: 'unknown_parameter' };
  const effort = fields(body.reasoning).effort;
  if (effort !== undefined && model.efforts.length === 0) return unsupportedParameter('reasoning.effort');
  if (effort !== undefined && !model.efforts.includes(String(effort)))
    return {
      message: `Unsupported value: '${String(effort)}' is not supported with the '${text(body.model)}' model. Supported values are: ${spell(model.efforts)}.`,
      param: 'reasoning.effort',
      code: 'unsupported_value',
    };
  if (model.efforts.length === 0 && fields(body.reasoning).summary !== undefined)
    return unsupportedParameter('reasoning.summary');
  // …/guides/reasoning: sampling parameters go only with effort none.
  for (const name of ['temperature', 'top_p'])
    if (body[name] !== undefined && effortOf(body, model) !== 'none') return unsupportedParameter(name);
  if (wantsEncrypted(body) && model.efforts.length === 0)
    return { message: 'Encrypted content is not supported with this model.', param: 'include' };
  const limit = body.max_output_tokens;
  if (limit !== undefined && Number(limit) < 16)
    return {
      message: `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${String(limit)} instead.`,
      param: 'max_output_tokens',
      code: 'integer_below_min_value',
    };
  if (limit !== undefined && Number(limit) > model.maxOutputTokens)
    return {
      message: `Invalid 'max_output_tokens': integer above maximum value. Expected a value <= ${model.maxOutputTokens}, but got ${String(limit)} instead.`,
      param: 'max_output_tokens',
      code: 'integer_above_max_value',
    };
  if (body.previous_response_id !== undefined)
    return {
      message: `Previous response with id '${String(body.previous_response_id)}' not found.`,
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    };
  return null;
}

function unsupportedParameter(name: string): Broken {
  return {
    message: `Unsupported parameter: '${name}' is not supported with this model.`,
    param: name,
    code: 'unsupported_parameter',
  };
}

const prefixes: Record<string, string> = { message: 'msg', reasoning: 'rs', function_call: 'fc' };

/** …/guides/migrate-to-responses, …/guides/conversation-state; wording from public issues. */
function items(body: Fields, model: Gpt, memory: Memory): Broken | null {
  const input = list(body.input);
  if (input.length === 0)
    return { message: "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must be provided." };
  for (const [index, item] of input.entries()) {
    const at = `input[${index}]`;
    const type = text(item.type) || 'message';
    const id = text(item.id);
    if (type === 'item_reference' || (type === 'reasoning' && !item.encrypted_content)) {
      if (memory.issued.get(id)?.value.stored !== true) return notFound(id, body);
      continue;
    }
    const prefix = prefixes[type];
    if (id && prefix && !id.startsWith(prefix))
      return {
        message: `Invalid '${at}.id': '${id}'. Expected an ID that begins with '${prefix}'.`,
        param: `${at}.id`,
        code: 'invalid_value',
      };
    if (text(item.call_id).length > 64)
      return {
        message: `Invalid '${at}.call_id': string too long. Expected a string with maximum length 64, but got a string with length ${text(item.call_id).length} instead.`,
        param: `${at}.call_id`,
        code: 'string_above_max_length',
      };
    if (type === 'function_call' && typeof item.arguments !== 'string')
      return {
        message: `Invalid type for '${at}.arguments': expected a string, but got an object instead.`,
        param: `${at}.arguments`,
        code: 'invalid_type',
      };
    const problem = type === 'message' ? message(item, at, model) : null;
    if (problem) return problem;
  }
  return null;
}

function notFound(id: string, body: Fields): Broken {
  const hint =
    body.store === false
      ? ' Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.'
      : '';
  return { message: `Item with id '${id}' not found.${hint}`, param: 'input', status: 404 };
}

function message(item: Fields, at: string, model: Gpt): Broken | null {
  const role = text(item.role);
  if (!['assistant', 'system', 'developer', 'user'].includes(role))
    return {
      message: `Invalid value: '${role}'. Supported values are: 'assistant', 'system', 'developer', and 'user'.`,
      param: at,
      code: 'invalid_value',
    };
  const allowed = role === 'assistant' ? ['output_text', 'refusal'] : ['input_text', 'input_image', 'input_file'];
  const parts = list(item.content);
  const wrong = parts.find((part) => !allowed.includes(text(part.type)));
  if (wrong)
    return {
      message: `Invalid value: '${text(wrong.type)}'. Supported values are: ${spell(allowed)}.`,
      param: `${at}.content[${parts.indexOf(wrong)}]`,
      code: 'invalid_value',
    };
  if (typeof item.content !== 'string' && parts.length === 0)
    return {
      message: `Missing required parameter: '${at}.content'.`,
      param: `${at}.content`,
      code: 'missing_required_parameter',
    };
  if (!model.images && parts.some((part) => part.type === 'input_image'))
    return {
      message: "Invalid value: 'input_image'. This model does not support image inputs.",
      param: `${at}.content`,
      code: 'invalid_value',
    };
  return null;
}

/** …/guides/function-calling: every call has its output, every output its call, before anyone else speaks. */
function calls(input: Fields[]): Broken | null {
  const open = new Set<string>();
  for (const item of input) {
    const id = text(item.call_id);
    if (item.type === 'function_call') open.add(id);
    else if (item.type === 'function_call_output') {
      if (!open.delete(id))
        return { message: `No tool call found for function call output with call_id ${id}.`, param: 'input' };
    }
  }
  const [missing] = open;
  return missing === undefined
    ? null
    : { message: `No tool output found for function call ${missing}.`, param: 'input' };
}

/** …/guides/reasoning#encrypted-reasoning-items: reasoning comes back unchanged, and with what it led to. */
function reasoning(body: Fields, memory: Memory): Broken | null {
  const input = list(body.input);
  for (const [index, item] of input.entries()) {
    const issued = memory.issued.get(text(item.type === 'function_call' ? item.call_id : item.id));
    if (item.type === 'reasoning') {
      if (issued && item.encrypted_content && issued.value.encrypted_content !== item.encrypted_content)
        return unverified(item);
      if (!issued && item.encrypted_content) return unverified(item);
      if (issued && !follows(issued, input[index + 1]))
        return {
          message: `Item '${text(item.id)}' of type 'reasoning' was provided without its required following item.`,
          param: 'input',
        };
    }
    const before = issued?.all[issued.position - 1];
    // Only an item that is named by its own id is known to have had reasoning before it.
    if (
      item.type !== 'reasoning' &&
      item.id &&
      before?.type === 'reasoning' &&
      text(input[index - 1]?.id) !== before.id
    )
      return {
        message: `Item '${text(item.id)}' of type '${text(item.type) || 'message'}' was provided without its required 'reasoning' item: '${text(before.id)}'.`,
        param: 'input',
      };
  }
  return null;
}

function unverified(item: Fields): Broken {
  return {
    message: `The encrypted content ${text(item.encrypted_content).slice(0, 8)}... could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    code: 'invalid_encrypted_content',
  };
}

function follows(issued: Issued, next: Fields | undefined): boolean {
  const expected = issued.all[issued.position + 1];
  if (!expected || !next) return !expected;
  if (expected.type === 'function_call') return next.call_id === expected.call_id || next.id === expected.id;
  if (next.id !== undefined) return next.id === expected.id;
  return wordsOf(next) === wordsOf(expected);
}

function wordsOf(item: Fields): string {
  return typeof item.content === 'string'
    ? item.content
    : list(item.content)
        .map((part) => text(part.text))
        .join('');
}

export function wantsEncrypted(body: Fields): boolean {
  return Array.isArray(body.include) && body.include.includes('reasoning.encrypted_content');
}
