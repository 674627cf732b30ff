import { countPart, countText, type PromptBlock, type Tokens } from './count.ts';
import { type Gemini, geminis } from './gemini-models.ts';
import { broken, thinks } from './gemini-rules.ts';
import { type Fields, fields, hash, list, text } from './json.ts';
import { type Frame, type Memory, pieces, type Refusal, type Reply, sse, type Vendor } from './vendor.ts';

/** Gemini generateContent and streamGenerateContent. https://ai.google.dev/api/generate-content */
export const gemini: Vendor = {
  name: 'gemini',

  handle(request, memory) {
    const route = /^\/v1beta\/models\/([^:/?]+):(generateContent|streamGenerateContent)(?:\?(.*))?$/.exec(request.path);
    if (!route) return refusal(404, 'NOT_FOUND', 'Requested entity was not found.');
    const [, id = '', method, query] = route;
    const parameters = new URLSearchParams(query);
    // https://ai.google.dev/gemini-api/docs/troubleshooting: no key is 403, a wrong one 400 with a reason.
    const key = request.headers['x-goog-api-key'] ?? parameters.get('key');
    if (!key)
      return refusal(
        403,
        'PERMISSION_DENIED',
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
      );
    if (key !== memory.key)
      return refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
      ]);
    const model = geminis[decodeURIComponent(id)];
    if (!model)
      return refusal(
        404,
        'NOT_FOUND',
        `models/${id} is not found for API version v1beta, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
      );
    const { body } = request;
    const problem = broken(body, id, model, memory);
    if (problem) return refusal(400, 'INVALID_ARGUMENT', problem);

    const prompt = promptOf(body);
    const total = prompt.reduce((sum, block) => sum + block.tokens, 0);
    const room = memory.contextTokens ?? model.contextTokens;
    if (total > room)
      return refusal(
        400,
        'INVALID_ARGUMENT',
        `The input token count (${total}) exceeds the maximum number of tokens allowed (${room}).`,
      );
    const turns = list(body.contents).filter((content) => content.role === 'model').length;
    const reply = memory.script({ number: turns, body });
    const parts = partsOf(reply, body, id, model, memory);
    const usage: Tokens = {
      ...memory.cache.automatic(id, prompt, model.leastCached, 1),
      output: countPart(
        parts.filter((part) => !part.thought),
        0,
      ),
      reasoning: thinks(body, model) ? countText(reply.thinking ?? '') : 0,
    };
    const bad = (reply.calls ?? []).some((call) => call.rawInput !== undefined);
    // https://ai.google.dev/api/generate-content#FinishReason
    const finish = bad ? 'MALFORMED_FUNCTION_CALL' : reply.cutShort ? 'MAX_TOKENS' : 'STOP';
    const head = { modelVersion: id, responseId: memory.nextId('resp') };
    const whole = {
      candidates: [{ content: { role: 'model', parts }, finishReason: finish, index: 0 }],
      usageMetadata: wireUsage(usage, usage.output, usage.reasoning),
      ...head,
    };
    const streaming = method === 'streamGenerateContent' && parameters.get('alt') === 'sse';
    return { frames: streaming ? stream(parts, finish, usage, head) : null, body: whole, usage };
  },

  // https://ai.google.dev/gemini-api/docs/troubleshooting
  trouble(kind, retryAfter) {
    if (kind === 'rate-limited') {
      const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` };
      const details = retryAfter === undefined ? undefined : [info];
      return refusal(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', details);
    }
    if (kind === 'internal') return refusal(500, 'INTERNAL', 'An internal error has occurred. Please retry.');
    return refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.');
  },

  streamError: () =>
    sse('end', {
      error: { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' },
    }),

  keepAlive: { kind: 'keep-alive', text: ': keep-alive\n\n' },

  // Nothing is told of limits but in a refusal's RetryInfo.
  limits: () => ({}),

  settings: (url, key) => ({ GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url }),
};

function refusal(status: number, name: string, message: string, details?: unknown[]): Refusal {
  return { status, body: { error: { code: status, message, status: name, ...(details ? { details } : {}) } } };
}

function promptOf(body: Fields): PromptBlock[] {
  const blocks = [fields(body.systemInstruction), ...list(body.tools), ...list(body.contents)];
  return blocks.map((block) => ({ tokens: countPart(block, 258), content: block }));
}

/** …/thought-signatures: the first call of a step carries the signature; without calls it is on the last part. */
function partsOf(reply: Reply, body: Fields, id: string, model: Gemini, memory: Memory): Fields[] {
  const thinking = thinks(body, model);
  const shown = fields(fields(body.generationConfig).thinkingConfig).includeThoughts === true;
  const parts: Fields[] = [];
  if (reply.thinking && thinking && shown) parts.push({ text: reply.thinking, thought: true });
  if (reply.text) parts.push({ text: reply.text });
  for (const call of reply.calls ?? [])
    if (call.rawInput === undefined)
      parts.push({ functionCall: { id: memory.nextId('fc'), name: call.name, args: call.input } });
  const bearer = parts.find((part) => part.functionCall) ?? parts.at(-1);
  if (bearer && !bearer.thought && (model.checksSignatures || thinking)) {
    bearer.thoughtSignature = `${memory.nextId('sig')}${hash(parts)}==`;
    memory.issued.set(text(bearer.thoughtSignature), {
      reply: '',
      position: parts.indexOf(bearer),
      value: bearer,
      all: parts,
      prefix: '',
      model: id,
    });
  }
  return parts;
}

function wireUsage(usage: Tokens, output: number, reasoning: number): Fields {
  const prompt = usage.input + usage.cacheRead;
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output,
    totalTokenCount: prompt + output + reasoning,
    ...(usage.cacheRead ? { cachedContentTokenCount: usage.cacheRead } : {}),
    ...(reasoning ? { thoughtsTokenCount: reasoning } : {}),
  };
}

/** Chunks carry the running totals; the signature of a text comes in a last, empty part. */
function stream(parts: Fields[], finish: string, usage: Tokens, head: Fields): Frame[] {
  const chunk = (kind: Frame['kind'], part: Fields, output: number, reason?: string) =>
    sse(kind, {
      candidates: [
        { content: { role: 'model', parts: [part] }, ...(reason ? { finishReason: reason } : {}), index: 0 },
      ],
      usageMetadata: wireUsage(usage, output, usage.reasoning),
      ...head,
    });
  const frames: Frame[] = [];
  for (const part of parts) {
    if (part.functionCall) frames.push(chunk('tool', part, usage.output));
    else
      for (const piece of pieces(text(part.text)))
        frames.push(
          part.thought ? chunk('thinking', { text: piece, thought: true }, 0) : chunk('text', { text: piece }, 1),
        );
  }
  const signed = parts.find((part) => part.thoughtSignature && !part.functionCall);
  const last = signed ? { text: '', thoughtSignature: signed.thoughtSignature } : { text: '' };
  return [...frames, chunk('end', last, usage.output, finish)];
}
