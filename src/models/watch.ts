import type { LimitGuard } from '../ledger/limits.ts';
import type { Effects } from '../system/effects.ts';
import { BrokenStream, SilentStream } from './failures.ts';
import { cancelled, outOfTime } from './outcomes.ts';
import { seconds } from './patience.ts';
import type { WireCall } from './transport.ts';
import type { EffortPlan, ModelFailure, ModelRequest } from './types.ts';

/** The person, or a limit of the run, ended the request. */
export class StreamStopped extends Error {
  readonly failure: ModelFailure;

  constructor(failure: ModelFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Silence allowed before the status line comes, unless the model says otherwise, milliseconds. */
const firstByteMs = 60_000;
/** Silence allowed while the model may be thinking unseen. */
const unseenMs = 120_000;
const unseenAtHighEffortMs = 290_000;
/** Silence allowed between bytes once an answer flows, and while thinking flows in words. */
const idleMs = 30_000;
const idleThinkingMs = 60_000;
/** Keep-alives without any content count as life this many times longer than silence does. */
const keepAliveFactor = 5;

interface Watched {
  req: ModelRequest;
  effects: Effects;
  limits: LimitGuard;
  call: WireCall;
  plan: EffortPlan;
  /** Whether the model is thinking, by the parts that came. */
  thinking(): boolean;
  /** How often this request fell silent before: each time it is given twice as long, should it only be slow. */
  silences: number;
}

export interface Watch {
  /** Aborted with a `BrokenStream` or `StreamStopped` as its reason. */
  signal: AbortSignal;
  /** Resolves with `work`, or rejects as soon as the watch gives up, whether or not `work` heeds the signal. */
  race<Result>(work: PromiseLike<Result>): Promise<Result>;
  sawContent(): void;
  stop(): void;
}

/**
 * Watches one try: the person's cancellation, the run's time, and silence. Limits in seconds come from
 * PARLAY_IDLE_SECONDS and PARLAY_FIRST_BYTE_SECONDS where they are set.
 */
export function watch({ req, effects, limits, call, plan, thinking, silences }: Watched): Watch {
  const controller = new AbortController();
  const sleeper = new AbortController();
  const { environment } = effects;
  const longer = 2 ** silences;
  const unseen = defaultUnseenMs(plan);
  const set = {
    first: seconds(environment.PARLAY_FIRST_BYTE_SECONDS, 0) * 1000,
    idle: seconds(environment.PARLAY_IDLE_SECONDS, 0) * 1000,
  };
  const beforeStatus = set.first || Math.max(firstByteMs, req.model.firstByteMs ?? 0);
  const beforeContent = set.first || unseen;
  const speaking = set.idle || (req.model.idleMs ?? idleMs) * longer;
  const pondering = set.idle || Math.max(speaking, req.model.thinksUnseen ? unseen : idleThinkingMs * longer);
  let contentAt: number | undefined;
  const started = effects.elapsed();

  const giveUp = (reason: Error) => controller.abort(reason);
  const onCancel = () => giveUp(new StreamStopped(cancelled()));
  if (req.signal.aborted) onCancel();
  else req.signal.addEventListener('abort', onCancel, { once: true });

  /** Milliseconds until something is wrong, or the reason why it already is. */
  const look = (): number | Error => {
    const now = effects.elapsed();
    const left = limits.timeLeftMs();
    if (left <= 0) return new StreamStopped(outOfTime(limits, 'the reply was still coming'));
    if (contentAt === undefined) {
      const allowed = call.status === undefined ? Math.min(beforeStatus, beforeContent) : beforeContent;
      const silent = allowed - (now - started);
      if (silent <= 0) return new BrokenStream(`nothing came for ${Math.round(allowed / 1000)} s`);
      // Looks again soon: once content has begun the shorter limit holds.
      return Math.min(left, silent, speaking);
    }
    const between = thinking() ? pondering : speaking;
    const silent = between - (now - Math.max(call.lastByteAt, contentAt));
    const alive = between * keepAliveFactor - (now - contentAt);
    if (silent <= 0) return new SilentStream(`the stream fell silent for ${Math.round(between / 1000)} s`);
    if (alive <= 0)
      return new BrokenStream(`only keep-alives came for ${Math.round((between * keepAliveFactor) / 1000)} s`);
    // Thinking may end meanwhile, and then less silence is allowed.
    return Math.min(left, silent, alive, speaking);
  };

  const loop = async () => {
    while (!sleeper.signal.aborted && !controller.signal.aborted) {
      const next = look();
      if (typeof next !== 'number') return giveUp(next);
      // One millisecond more, so that a clock that rounds down does not make it spin. Timers end at 2^31 milliseconds.
      await effects.sleep(Math.min(Math.max(1, Math.ceil(next) + 1), 2_000_000_000), sleeper.signal);
    }
  };
  loop().catch(() => {});

  const gaveUp = new Promise<never>((_, reject) => {
    const stop = () => reject(controller.signal.reason);
    if (controller.signal.aborted) stop();
    else controller.signal.addEventListener('abort', stop, { once: true });
  });
  gaveUp.catch(() => {});

  return {
    signal: controller.signal,
    race: (work) => Promise.race([work, gaveUp]),
    sawContent: () => {
      contentAt = effects.elapsed();
    },
    stop: () => {
      sleeper.abort();
      req.signal.removeEventListener('abort', onCancel);
      if (!controller.signal.aborted) controller.abort(new BrokenStream('the request is over'));
    },
  };
}

/** A model that thinks a lot, unseen, may be long in saying its first word. */
function defaultUnseenMs(plan: EffortPlan): number {
  const { requested } = plan;
  const high = typeof requested === 'number' ? requested >= 16_000 : ['high', 'xhigh', 'max'].includes(requested);
  return high ? unseenAtHighEffortMs : unseenMs;
}
