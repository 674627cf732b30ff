import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Usage } from '../ledger/events.ts';
import type { LimitGuard } from '../ledger/limits.ts';
import type { Effects } from '../system/effects.ts';
import { collector } from './collect.ts';
import { BrokenStream, readFailure, type TryFailure } from './failures.ts';
import type { Feedback } from './scheduler.ts';
import { writtenBy } from './thinking.ts';
import { type WireCall, withWireCall } from './transport.ts';
import type { AssistantMessage, EffortPlan, ModelEvent, ModelFailure, ModelRequest } from './types.ts';
import { addUsage, estimateTokens, isReported, usageFrom } from './usage.ts';
import { StreamStopped, watch } from './watch.ts';

interface Timings {
  firstTokenMs?: number;
  thinkingMs?: number;
}

interface Used {
  usage: Usage;
  /** True when some of it is an estimate. */
  estimated: boolean;
}

export type TryResult = { feedback: Feedback } & Used &
  Timings &
  (
    | {
        status: 'finished';
        message: AssistantMessage;
        reason: Extract<ModelEvent, { type: 'finished' }>['reason'];
        finishReason: string;
        notices: string[];
      }
    | { status: 'stopped'; failure: ModelFailure }
    | {
        status: 'failed';
        failure: TryFailure /** The provider worked for it. */;
        billed: boolean /** Deltas were shown. */;
        showed: boolean;
      }
  );

export interface TryInput {
  messages: ModelRequest['messages'];
  tools: ModelRequest['tools'];
  inputTokens: number;
  maxOutputTokens: number | undefined;
}

/** Lets the caller read what a try has used so far, when nobody waits for its result any more. */
export interface Meter {
  read?: () => Used;
}

/** Sends the request once, yields the deltas, and returns how it went. */
export async function* runTry(
  req: ModelRequest,
  deps: { effects: Effects; limits: LimitGuard },
  plan: EffortPlan,
  input: TryInput,
  meter: Meter,
  accepted: (headers: Headers) => void,
  silences = 0,
): AsyncGenerator<ModelEvent, TryResult> {
  const { model } = req;
  const { effects, limits } = deps;
  const sentAt = effects.elapsed();
  const call: WireCall = {
    sent: false,
    lastByteAt: sentAt,
    bytes: 0,
    onStatus: (status, headers) => {
      if (status < 400) accepted(headers);
    },
  };
  const parts = collector();
  const timings: Timings = {};
  let reported: Usage = {};
  let showed = false;
  let thinkingSince: number | undefined;
  const used = (): Used => usedSoFar(reported, parts.received(), input.inputTokens, call);
  meter.read = used;
  const guard = watch({ req, effects, limits, call, plan, thinking: parts.thinking, silences });

  const noteThinking = (thinking: boolean) => {
    const now = effects.elapsed();
    if (thinkingSince !== undefined) timings.thinkingMs = (timings.thinkingMs ?? 0) + now - thinkingSince;
    thinkingSince = thinking ? now : undefined;
  };

  let reader: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined;
  try {
    const { stream } = await guard.race(
      withWireCall(call, () =>
        model.model.doStream({
          prompt: input.messages as never,
          tools: input.tools.length > 0 ? (input.tools as never) : undefined,
          maxOutputTokens:
            input.maxOutputTokens === undefined ? undefined : input.maxOutputTokens - (plan.addedByPackage ?? 0),
          providerOptions: mergeOptions(plan.providerOptions, model.options(req.cause)),
          headers: plan.headers,
          seed: model.takesSeed ? req.seed : undefined,
          abortSignal: guard.signal,
          includeRawChunks: true,
        }),
      ),
    );
    reader = stream.getReader();
    for (;;) {
      const { done, value: part } = await guard.race(reader.read());
      if (done) break;
      if (part.type === 'error') {
        if (isNewEvent(part.error)) continue;
        throw part.error;
      }
      if (part.type === 'raw') {
        const usage = model.reported(part.rawValue);
        if (usage) reported = { ...reported, ...usage };
        continue;
      }
      if (isContent(part)) {
        timings.firstTokenMs ??= effects.elapsed() - sentAt;
        guard.sawContent();
      }
      const event = parts.add(part);
      if (parts.thinking() !== (thinkingSince !== undefined)) noteThinking(parts.thinking());
      if (event) {
        showed = true;
        yield event;
      }
    }
    if (thinkingSince !== undefined) noteThinking(false);
    return finished(model.info.id, parts, used, timings, call);
  } catch (thrown) {
    if (thinkingSince !== undefined) noteThinking(false);
    const cause = guard.signal.aborted ? guard.signal.reason : thrown;
    const feedback: Feedback = { ok: false, headers: call.headers, failure: undefined };
    if (cause instanceof StreamStopped)
      return { status: 'stopped', failure: cause.failure, feedback, ...used(), ...timings };
    const failure = readFailure(cause, call, effects.now());
    const spent = used();
    return {
      status: 'failed',
      failure,
      billed: Object.keys(spent.usage).length > 0,
      showed,
      feedback: { ...feedback, failure },
      ...spent,
      ...timings,
    };
  } finally {
    guard.stop();
    reader?.cancel().catch(() => {});
  }
}

function finished(
  model: string,
  parts: ReturnType<typeof collector>,
  used: () => Used,
  timings: Timings,
  call: WireCall,
): TryResult {
  const finish = parts.finish();
  const { unified, raw } = finish?.finishReason ?? {};
  if (!finish || unified === 'interrupted' || (unified === 'other' && raw === undefined))
    throw new BrokenStream('the stream ended without its finish event');
  if (unified === 'error') throw new BrokenStream(`the model stopped with an error${raw ? ` (${raw})` : ''}`);

  const content = parts.content();
  const calls = content.some((part) => part.type === 'tool-call');
  const reason =
    unified === 'length' || unified === 'content-filter'
      ? unified
      : calls
        ? 'tool-calls'
        : unified === 'tool-calls'
          ? 'stop'
          : unified;
  const complete = isReported(finish.usage);
  const spent = complete ? { usage: usageFrom(finish.usage), estimated: false } : used();
  const whole = finish.providerMetadata?.openaiCompatible;
  const carried = whole ? { openaiCompatible: whole } : undefined;
  const notices: string[] = [];
  const visible = content.some(
    (part) => part.type === 'tool-call' || (part.type === 'text' && part.text.trim() !== ''),
  );
  if (reason === 'length' && !visible)
    notices.push('The model spent its whole output allowance on thinking and gave no answer.');
  if (reason === 'content-filter')
    notices.push(`The provider stopped the reply as refused or filtered (${raw ?? unified}).`);
  return {
    status: 'finished',
    message: writtenBy(model, content, carried),
    reason: reason ?? 'other',
    finishReason: raw ?? reason ?? 'other',
    notices,
    feedback: { ok: true, headers: call.headers, failure: undefined },
    ...spent,
    ...timings,
  };
}

/** What a stream that did not finish has used: the provider's figures where it gave them, else estimates. */
function usedSoFar(
  reported: Usage,
  received: { thinking: number; visible: number },
  inputTokens: number,
  call: WireCall,
): Used {
  const got = received.thinking + received.visible;
  const known = Object.keys(reported).length > 0;
  const accepted = call.status === undefined || call.status < 400;
  if (!known && (got === 0 || !accepted)) return { usage: {}, estimated: false };
  const usage = { ...reported };
  let estimated = false;
  if (usage.input === undefined && usage.cacheRead === undefined) {
    usage.input = inputTokens;
    estimated = true;
  }
  const output = estimateTokens(got);
  if ((usage.output ?? 0) + (usage.reasoning ?? 0) < output) {
    usage.output = output - (usage.reasoning ?? 0);
    estimated = true;
  }
  return { usage: addUsage({}, usage), estimated };
}

const anthropicEvents: ReadonlySet<unknown> = new Set([
  'message_start',
  'content_block_start',
  'content_block_delta',
  'content_block_stop',
  'message_delta',
  'message_stop',
  'ping',
  'error',
]);

/**
 * Anthropic may add types of events, which clients are to pass over
 * (https://platform.claude.com/docs/en/build-with-claude/streaming#other-events); its package takes them for errors.
 */
function isNewEvent(error: unknown): boolean {
  const { name, value } = (error ?? {}) as { name?: string; value?: { type?: unknown } | null };
  return (
    name === 'AI_TypeValidationError' && /^[a-z_]+$/.test(String(value?.type)) && !anthropicEvents.has(value?.type)
  );
}

function isContent(part: LanguageModelV4StreamPart): boolean {
  return part.type !== 'stream-start' && part.type !== 'response-metadata' && part.type !== 'ping';
}

function mergeOptions(one: EffortPlan['providerOptions'], other: EffortPlan['providerOptions']) {
  const merged = { ...one };
  for (const [provider, values] of Object.entries(other)) merged[provider] = { ...values, ...merged[provider] };
  return merged;
}
