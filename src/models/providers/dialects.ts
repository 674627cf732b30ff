import type { JSONObject } from '@ai-sdk/provider';
import type { Effort, EffortLevel } from '../../config/effort.ts';
import type { EffortPlan, ModelInfo } from '../types.ts';
import { openaiEffort, openaiFamily } from './openai-models.ts';
import { byInstruction, roundDown } from './provider.ts';

/**
 * How servers that speak OpenAI's Chat Completions take thinking: the same wire, but each with a switch of its own. A
 * dialect gives the fields of the request body for an effort.
 */
type Dialect = (modelId: string, requested: Effort) => EffortPlan;

const toHigh = ['low', 'medium', 'high'] as const;

/** A plan whose body fields are sent as they are. */
function body(requested: Effort, fields: JSONObject, notice?: string): EffortPlan {
  // The package has options of its own for this one field; every other is passed on untouched.
  const { reasoning_effort, ...rest } = fields;
  const passed = reasoning_effort === undefined ? rest : { ...rest, reasoningEffort: reasoning_effort };
  return { requested, sent: fields, providerOptions: { body: passed }, ...(notice === undefined ? {} : { notice }) };
}

/** `reasoning_effort` with these levels, `off` standing for `none`. */
function byEffort(modelId: string, requested: Effort, levels: readonly EffortLevel[]): EffortPlan {
  const { level, notice } = roundDown(modelId, requested, levels);
  return body(requested, { reasoning_effort: level === 'off' ? 'none' : level }, notice);
}

/** A switch with two positions: every level above `off` is the same. */
function bySwitch(modelId: string, requested: Effort, on: JSONObject, off: JSONObject | null): EffortPlan {
  if (requested === 'off') return off ? body(requested, off) : body(requested, on, `${modelId} cannot stop thinking.`);
  return body(requested, on, `${modelId} only switches thinking on and off; ${requested} is on.`);
}

const gptOss = /gpt-oss/i;
const qwenThinks = /qwen-?3|qwen-?(plus|max|turbo|flash)|qwq/i;
const qwenNeverThinks = /instruct|coder|qwen3-max-(?!thinking|preview)/i;
const qwenAlwaysThinks = /thinking|qwq/i;
const deepseekHybrid = /deepseek.*(v3\.[1-9]|v[4-9])/i;

/** GPT-5.4 to 5.6 refuse tools together with reasoning on this wire (github.com/openai/openai-openapi/issues/541). */
const noToolsWithThinking = /^gpt-5\.[4-9](?!.*pro)/;

/** https://platform.openai.com/docs/api-reference/chat */
const openai: Dialect = (modelId, requested) => {
  const plan = openaiEffort(modelId, requested);
  if (noToolsWithThinking.test(modelId)) {
    const notice = `Chat Completions lets ${modelId} use tools only without thinking; use openai/${modelId} for both.`;
    return body(requested, { reasoning_effort: 'none' }, requested === 'off' ? undefined : notice);
  }
  const { reasoning } = plan.sent as { reasoning?: { effort: string } };
  return reasoning ? body(requested, { reasoning_effort: reasoning.effort }, plan.notice) : local(modelId, requested);
};

/** https://api-docs.deepseek.com/guides/thinking_mode: the API maps medium to high, so medium is sent as low. */
const deepseek: Dialect = (modelId, requested) => {
  if (requested === 'off') return body(requested, { thinking: { type: 'disabled' } });
  const { level, notice } = roundDown(modelId, requested, ['off', 'low', 'high', 'xhigh', 'max']);
  return body(requested, { thinking: { type: 'enabled' }, reasoning_effort: level }, notice);
};

/** Those that may think for 81,920 tokens; the others stop at 38,912, and a larger budget is refused. */
const qwenLongest = /qwen-?(plus|flash|turbo)/i;

const qwenBudgets: Partial<Record<EffortLevel, number>> = { minimal: 1_024, low: 4_000, medium: 8_000, high: 16_000 };

/** https://www.alibabacloud.com/help/en/model-studio/deep-thinking: a switch and a budget beside the messages. */
const qwen: Dialect = (modelId, requested) => {
  if (!qwenThinks.test(modelId) || qwenNeverThinks.test(modelId)) return byInstruction(modelId, requested);
  const always = qwenAlwaysThinks.test(modelId);
  if (requested === 'off' && !always) return body(requested, { enable_thinking: false });
  const least = qwenBudgets.minimal!;
  const wanted = requested === 'off' ? least : typeof requested === 'number' ? requested : qwenBudgets[requested];
  const most = qwenLongest.test(modelId) ? 81_920 : 38_912;
  const budget = wanted === undefined ? undefined : Math.min(wanted, most);
  const notice =
    requested === 'off'
      ? `${modelId} cannot stop thinking; ${least} tokens are sent.`
      : budget === wanted
        ? undefined
        : `${modelId} thinks for ${most} tokens at most; ${most} are sent.`;
  const fields: JSONObject = { ...(always ? {} : { enable_thinking: true }) };
  if (budget === undefined) return body(requested, fields);
  return { ...body(requested, { ...fields, thinking_budget: budget }, notice), thinkingTokens: budget };
};

/** https://openrouter.ai/docs/use-cases/reasoning-tokens: it turns effort into a share of the allowance where needed. */
const openrouter: Dialect = (modelId, requested) => {
  if (typeof requested === 'number')
    return { ...body(requested, { reasoning: { max_tokens: requested } }), thinkingTokens: requested };
  const { level, notice } = roundDown(modelId, requested, ['off', 'minimal', ...toHigh, 'xhigh']);
  return body(requested, { reasoning: { effort: level === 'off' ? 'none' : level } }, notice);
};

/** https://console.groq.com/docs/reasoning */
const groq: Dialect = (modelId, requested) => {
  if (gptOss.test(modelId)) return byEffort(modelId, requested, toHigh);
  if (/qwen3/i.test(modelId)) {
    const on = { reasoning_effort: 'default', reasoning_format: 'parsed' };
    return bySwitch(modelId, requested, on, { reasoning_effort: 'none' });
  }
  return byInstruction(modelId, requested);
};

/** https://docs.x.ai/docs/guides/reasoning: the models before 4.5 take none, but for one. */
const xai: Dialect = (modelId, requested) =>
  /grok-3-mini/.test(modelId)
    ? byEffort(modelId, requested, ['low', 'high'])
    : /grok-4\.[5-9]|grok-([5-9]|\d\d)/.test(modelId)
      ? byEffort(modelId, requested, toHigh)
      : byInstruction(modelId, requested);

/** https://platform.moonshot.ai/docs and https://docs.z.ai: a `thinking` object with two positions. */
const thinkingSwitch: Dialect = (modelId, requested) =>
  /kimi-k2-thinking/.test(modelId)
    ? bySwitch(modelId, requested, {}, null)
    : /kimi-k2\.[5-9]|kimi-k[3-9]|glm-(4\.[5-9]|[5-9])/.test(modelId)
      ? bySwitch(modelId, requested, { thinking: { type: 'enabled' } }, { thinking: { type: 'disabled' } })
      : byInstruction(modelId, requested);

/** https://docs.ollama.com/api/openai-compatibility: `reasoning_effort`, where `none` stops thinking. */
const ollama: Dialect = (modelId, requested) => {
  if (gptOss.test(modelId)) return byEffort(modelId, requested, toHigh);
  if ((/qwen3|magistral|glm-[45]/i.test(modelId) || deepseekHybrid.test(modelId)) && !qwenNeverThinks.test(modelId))
    return bySwitch(modelId, requested, { reasoning_effort: 'high' }, { reasoning_effort: 'none' });
  return byInstruction(modelId, requested);
};

/** vLLM and llama.cpp hand `chat_template_kwargs` to the model's own template (their server documentation). */
const local: Dialect = (modelId, requested) => {
  if (gptOss.test(modelId)) {
    const { level, notice } = roundDown(modelId, requested, toHigh);
    return body(requested, { chat_template_kwargs: { reasoning_effort: level } }, notice);
  }
  if (qwenThinks.test(modelId) && !qwenNeverThinks.test(modelId))
    return bySwitch(
      modelId,
      requested,
      { chat_template_kwargs: { enable_thinking: true } },
      qwenAlwaysThinks.test(modelId) ? null : { chat_template_kwargs: { enable_thinking: false } },
    );
  if (deepseekHybrid.test(modelId))
    return bySwitch(
      modelId,
      requested,
      { chat_template_kwargs: { thinking: true } },
      { chat_template_kwargs: { thinking: false } },
    );
  return byInstruction(modelId, requested);
};

/** Hosts of open-weight models, whose one common switch is the effort of gpt-oss. */
const hosted: Dialect = (modelId, requested) =>
  gptOss.test(modelId) ? byEffort(modelId, requested, toHigh) : byInstruction(modelId, requested);

const dialects: Readonly<Record<string, Dialect>> = {
  'openai-chat': openai,
  deepseek,
  qwen,
  openrouter,
  groq,
  xai,
  moonshot: thinkingSwitch,
  zai: thinkingSwitch,
  ollama,
  vllm: local,
  llamacpp: local,
  'openai-compatible': local,
};

export function compatibleEffort(provider: string, modelId: string, requested: Effort): EffortPlan {
  return (dialects[provider] ?? hosted)(modelId, requested);
}

/** Facts that a provider's documentation gives for its own models behind this wire. */
export function compatibleInfo(provider: string, modelId: string): Omit<ModelInfo, 'id'> {
  if (provider === 'openai-chat') {
    const family = openaiFamily(modelId);
    return family ? { contextTokens: family.contextTokens, maxOutputTokens: family.maxOutputTokens } : {};
  }
  if (provider === 'deepseek' && /v[4-9]|deepseek-(flash|pro)/.test(modelId))
    return { contextTokens: 1_000_000, maxOutputTokens: 384_000, images: false };
  if (provider === 'deepseek') return { images: false };
  return {};
}

/** OpenAI's own reasoning models refuse `max_tokens`; everyone else knows no other name. */
export function wantsCompletionTokens(provider: string, modelId: string): boolean {
  return provider === 'openai-chat' && openaiFamily(modelId)?.levels !== undefined;
}
