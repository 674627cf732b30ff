import type { LanguageModelV4ToolCallPart } from '@ai-sdk/provider';
import type { Effort } from '../config/effort.ts';
import { openModel } from '../models/open.ts';
import { request } from '../models/request.ts';
import type { AssistantMessage, Message, ModelEvent, OpenModel } from '../models/types.ts';
import { exitCodes, messageOf, ParlayError } from '../system/errors.ts';
import { toolDefinitions } from '../tools/schema.ts';
import { tools } from '../tools/table.ts';
import { runCalls } from './calls.ts';
import { compact } from './compact.ts';
import { encodeMessage, type History, readHistory } from './history.ts';
import { systemPrompt, taskMessage } from './prompt.ts';
import { RepetitionWatch } from './repetition.ts';
import type { Agent, AgentInput, AgentResult } from './types.ts';

/** Share of the context window above which room is made before the next request. */
const compactAbove = 0.85;
/** Empty or cut-off replies in a row before the attempt is given up. */
const maxNudges = 3;

/** The built-in agent: stream a reply, run its tool calls, repeat until a reply has none. */
export const loopAgent: Agent = {
  name: 'parlay',
  async run(input) {
    let steps = 0;
    try {
      const session = await openSession(input);
      steps = session.history.steps;
      const result = await converse(session, () => {
        steps += 1;
        return steps;
      });
      return { ...result, steps };
    } catch (thrown) {
      if (input.signal.aborted) return { reason: 'stopped', message: 'Stopped.', steps };
      const next = thrown instanceof ParlayError && thrown.next ? ` ${thrown.next}` : '';
      const why = thrown instanceof ParlayError && thrown.why ? ` ${thrown.why}` : '';
      return { reason: 'failed', message: `${messageOf(thrown)}${why}${next}`, steps, fatal: isFatal(thrown) };
    }
  },
};

/** A wrong key or setting meets every attempt alike; so does a ledger that cannot be written. */
function isFatal(thrown: unknown): boolean {
  return thrown instanceof ParlayError && thrown.exitCode !== exitCodes.limitReached;
}

interface Session {
  input: AgentInput;
  model: OpenModel;
  history: History;
}

async function openSession(input: AgentInput): Promise<Session> {
  const model = await openModel(input.setting.model, input.effects);
  const history = readHistory(input.ledger, input.run, input.attempt);
  if (history.messages.length === 0) {
    const { task } = input;
    const text = await taskMessage(task, task.repository);
    input.ledger.transaction(() => {
      add(input, history, { role: 'system', content: systemPrompt(task.repository) });
      add(input, history, { role: 'user', content: [{ type: 'text', text }] });
    });
  }
  return { input, model, history };
}

/** Makes a message part of the history, durably first. */
function add(input: AgentInput, history: History, message: Message): void {
  input.ledger.append(input.run, input.attempt, 'message.added', { message: encodeMessage(message) });
  history.messages.push(message);
  history.results.clear();
  history.interrupted.clear();
}

async function converse(session: Session, nextStep: () => number): Promise<Omit<AgentResult, 'steps'>> {
  const { input, history } = session;
  const watch = new RepetitionWatch();
  const seen = new Map<string, string>();
  let nudges = 0;
  for (;;) {
    const last = history.messages.at(-1);
    // A resumed attempt may stop right after a reply was recorded: its calls are still owed.
    if (last?.role === 'assistant') {
      const calls = last.content.filter((part) => part.type === 'tool-call');
      if (calls.length === 0) return { reason: 'finished', message: textOf(last) };
      const verdict = await answerCalls(session, calls, watch, seen, nextStep);
      if (verdict === 'stop') {
        return { reason: 'repeating', message: 'Stopped: it repeated the same steps with the same results.' };
      }
      continue;
    }
    const reply = await ask(session, nextStep);
    if ('reason' in reply) return reply;
    const { message, cut } = reply;
    const hasCalls = message.content.some((part) => part.type === 'tool-call');
    if (hasCalls || (!cut && textOf(message))) {
      nudges = 0;
      add(input, history, message);
      continue;
    }
    nudges += 1;
    if (nudges > maxNudges) {
      const what = cut ? 'was cut off at its output limit' : 'was empty';
      return { reason: 'failed', message: `The model's reply ${what} ${nudges} times in a row.` };
    }
    input.ledger.transaction(() => {
      // A reply of thinking alone is not sent back: providers refuse a message without content.
      if (textOf(message)) add(input, history, message);
      add(input, history, { role: 'user', content: [{ type: 'text', text: nudge(cut) }] });
    });
  }
}

function nudge(cut: boolean): string {
  return cut
    ? 'Your reply was cut off at the output limit. Go on from where it stopped, in smaller steps.'
    : 'Your reply was empty. Go on with a tool call, or finish with a message that says what you did.';
}

async function answerCalls(
  session: Session,
  calls: readonly LanguageModelV4ToolCallPart[],
  watch: RepetitionWatch,
  seen: Map<string, string>,
  nextStep: () => number,
): Promise<'go on' | 'stop'> {
  const { input, history } = session;
  const content = await runCalls(calls, {
    input,
    history,
    tool: {
      seen,
      think: (question, effort) => think(session, question, effort, nextStep),
      setPlan: (items) => {
        input.ledger.append(input.run, input.attempt, 'plan.updated', { items });
      },
    },
  });
  const inputs = JSON.stringify(calls.map(({ toolName, input }) => [toolName, input]));
  const repetition = watch.add(inputs, JSON.stringify(content.map(({ output }) => output)));
  input.ledger.transaction(() => {
    add(input, history, { role: 'tool', content });
    if (repetition === 'warn') {
      const text =
        'You have made these same calls with these same results before. Try something else, or finish and say what stands in the way.';
      add(input, history, { role: 'user', content: [{ type: 'text', text }] });
    }
  });
  return repetition === 'stop' ? 'stop' : 'go on';
}

/** One reply of the model, or why there is none. Makes room and asks again when the conversation no longer fits. */
async function ask(
  session: Session,
  nextStep: () => number,
): Promise<{ message: AssistantMessage; cut: boolean } | Omit<AgentResult, 'steps'>> {
  const { input, model, history } = session;
  for (;;) {
    const last = await send(session, history.messages, input.setting.effort, nextStep(), true);
    if (last.type === 'finished') {
      const { contextTokens } = model.info;
      const used = (last.usage.input ?? 0) + (last.usage.cacheRead ?? 0) + (last.usage.cacheWrite ?? 0);
      if (contextTokens && used > contextTokens * compactAbove) makeRoom(session, 'the context is nearly full');
      return { message: last.message, cut: last.reason === 'length' };
    }
    const { failure } = last;
    if (failure.kind === 'context-overflow' && makeRoom(session, failure.message)) continue;
    const message = failure.next ? `${failure.message} ${failure.next}` : failure.message;
    if (failure.kind === 'cancelled') return { reason: 'stopped', message };
    if (failure.kind === 'limit-reached') return { reason: 'limit-reached', message };
    const fatal = failure.kind === 'unauthorised' || failure.kind === 'unknown-model';
    return { reason: 'failed', message, fatal };
  }
}

function makeRoom({ input, history }: Session, reason: string): boolean {
  const shorter = compact(history.messages);
  if (!shorter) return false;
  input.ledger.append(input.run, input.attempt, 'history.compacted', {
    reason,
    messages: shorter.messages.map(encodeMessage),
    droppedBytes: shorter.droppedBytes,
  });
  history.messages = shorter.messages;
  return true;
}

async function think(session: Session, question: string, effort: Effort, nextStep: () => number): Promise<string> {
  const messages: Message[] = [
    {
      role: 'system',
      content: 'Think carefully about one question from a coding agent and answer it concretely and briefly.',
    },
    { role: 'user', content: [{ type: 'text', text: question }] },
  ];
  const last = await send(session, messages, effort, nextStep(), false);
  if (last.type === 'failed') throw new Error(last.failure.message);
  return textOf(last.message) || 'No answer came back.';
}

async function send(
  { input, model }: Session,
  messages: readonly Message[],
  effort: Effort,
  step: number,
  withTools: boolean,
): Promise<Extract<ModelEvent, { type: 'finished' | 'failed' }>> {
  const events = request(
    {
      model,
      effort,
      messages,
      tools: withTools ? toolDefinitions(tools) : [],
      seed: input.seed,
      signal: input.signal,
      cause: { run: input.run, attempt: input.attempt, stage: 'attempt', step },
    },
    { ledger: input.ledger, limits: input.limits, effects: input.effects },
  );
  for await (const event of events) {
    switch (event.type) {
      case 'finished':
      case 'failed':
        return event;
      case 'thinking':
      case 'text':
        input.onProgress({ type: event.type, text: event.text });
        break;
      case 'waiting':
        input.onProgress({ type: 'waiting', reason: event.reason, until: event.until });
        break;
      case 'restart':
        input.onProgress({ type: 'restart' });
        break;
      case 'notice':
        input.ledger.append(input.run, input.attempt, 'run.notice', { text: event.text });
        break;
    }
  }
  throw new Error('the model room ended a request without a last event');
}

function textOf(message: AssistantMessage): string {
  return message.content
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('')
    .trim();
}
