import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loopAgent } from '../../src/agent/loop.ts';
import type { AgentInput, AgentResult } from '../../src/agent/types.ts';
import type { Limits } from '../../src/config/task.ts';
import { Ledger } from '../../src/ledger/ledger.ts';
import { LimitGuard } from '../../src/ledger/limits.ts';
import { realEffects } from '../../src/system/effects.ts';
import type { Workspace } from '../../src/workspace/types.ts';
import { type Reply, type ScriptedServer, startScriptedServer } from '../models/scripted-server.ts';
import { plainWorkspace } from '../tools/plain-workspace.ts';

let state: string;
let ledger: Ledger;
let workspace: Workspace;
let server: ScriptedServer;

beforeEach(async () => {
  state = mkdtempSync(join(tmpdir(), 'parlay-agent-'));
  ledger = new Ledger(join(state, 'ledger.sqlite'), { now: Date.now });
  workspace = await plainWorkspace();
  writeFileSync(join(workspace.root, 'a.txt'), 'one\n');
});

afterEach(async () => {
  await server.close();
  ledger.close();
  await workspace.remove();
  rmSync(state, { recursive: true, force: true });
});

interface Options {
  limits?: Limits;
  input?: Partial<AgentInput>;
  signal?: AbortSignal;
  environment?: Record<string, string>;
}

/** Runs attempt 1 against a scripted model, which gets the number of the request. */
async function attempt(script: (n: number, model: string) => Reply, options: Options = {}): Promise<AgentResult> {
  server = await startScriptedServer({ reply: ({ body }, n) => script(n, body.model) });
  const effects = realEffects({
    PARLAY_HOME: state,
    OPENAI_COMPATIBLE_BASE_URL: `${server.url}/v1`,
    ANTHROPIC_API_KEY: 'dummy',
    ANTHROPIC_BASE_URL: server.url,
    ...options.environment,
  });
  return loopAgent.run({
    run: 'r',
    attempt: 1,
    task: { prompt: 'Change a.txt.', repository: workspace.root, verify: 'true' },
    setting: { agent: 'parlay', model: 'openai-compatible/scripted', effort: 'off' },
    seed: 1,
    workspace: Promise.resolve(workspace),
    ledger,
    limits: new LimitGuard(options.limits ?? {}, effects, Date.now()),
    check: async () => null,
    effects,
    signal: options.signal ?? new AbortController().signal,
    onProgress: () => {},
    ...options.input,
  });
}

const content = async () => (await workspace.files.read('a.txt')).toString();
const messagesOf = (n: number): { role: string; content: unknown }[] => server.requests[n]!.body.messages;

test('it calls tools until a reply has none, and the last words are the message', async () => {
  const result = await attempt((n) => {
    if (n === 0) return { calls: [{ name: 'read', input: { path: 'a.txt' } }] };
    if (n === 1) return { calls: [{ name: 'edit', input: { path: 'a.txt', old: 'one', new: 'two' } }] };
    return { text: 'Changed one to two.' };
  });
  expect(result).toEqual({ reason: 'finished', message: 'Changed one to two.', steps: 3 });
  expect(await content()).toBe('two\n');
  expect(JSON.stringify(messagesOf(1).at(-1))).toContain('one');
});

test('each request is an exact prefix of the next', async () => {
  await attempt((n) =>
    n < 4 ? { thinking: `hm ${n}`, calls: [{ name: 'run', input: { command: `echo ${n}` } }] } : { text: 'Done.' },
  );
  const sent = server.requests.map(({ body }) => body.messages.map((message: unknown) => JSON.stringify(message)));
  for (let n = 1; n < sent.length; n += 1) expect(sent[n]!.slice(0, sent[n - 1]!.length)).toEqual(sent[n - 1]);
});

test('malformed and wrong arguments go back as errors and nothing is run', async () => {
  await attempt((n) => {
    if (n === 0) return { calls: [{ name: 'run', input: '{"command": "echo pwned > b.txt"' }] };
    if (n === 1) return { calls: [{ name: 'run', input: { command: ['touch', 'b.txt'] } }] };
    if (n === 2) return { calls: [{ name: 'fly', input: {} }] };
    return { text: 'Done.' };
  });
  expect(await workspace.files.stat('b.txt')).toBeNull();
  expect(JSON.stringify(messagesOf(1).at(-1))).toContain('not valid JSON');
  expect(JSON.stringify(messagesOf(2).at(-1))).toContain('expected a string');
  expect(JSON.stringify(messagesOf(3).at(-1))).toContain('There is no tool');
});

test('several calls in one reply are all answered, in order', async () => {
  await attempt((n) =>
    n === 0
      ? {
          calls: [
            { id: 'c1', name: 'read', input: { path: 'a.txt' } },
            { id: 'c2', name: 'list', input: {} },
            { id: 'c3', name: 'write', input: { path: 'b.txt', content: 'b' } },
            { id: 'c4', name: 'read', input: { path: 'b.txt' } },
          ],
        }
      : { text: 'Done.' },
  );
  const results = messagesOf(1).filter((message) => message.role === 'tool') as {
    tool_call_id?: string;
    content: string;
  }[];
  expect(results.map((message) => message.tool_call_id)).toEqual(['c1', 'c2', 'c3', 'c4']);
  expect(results[3]!.content).toContain('b');
});

test('an agent that goes round in circles is told and then stopped', async () => {
  const result = await attempt(() => ({ calls: [{ name: 'read', input: { path: 'a.txt' } }] }));
  expect(result.reason).toBe('repeating');
  expect(server.requests).toHaveLength(5);
  expect(JSON.stringify(messagesOf(4))).toContain('same results before');
});

test('an empty reply is answered with a nudge, and given up on when it stays empty', async () => {
  const result = await attempt(() => ({ text: '' }));
  expect(result.reason).toBe('failed');
  expect(result.message).toContain('empty');
  expect(server.requests).toHaveLength(4);
});

test('a reply cut at its output limit is asked to go on', async () => {
  const result = await attempt((n) => (n === 0 ? { text: 'I will', finish: 'length' } : { text: 'All done.' }));
  expect(result.message).toBe('All done.');
  expect(JSON.stringify(messagesOf(1).at(-1))).toContain('cut off');
});

test('--max-steps ends the attempt before the next request', async () => {
  const script = (n: number) => ({ calls: [{ name: 'run', input: { command: `echo ${n}` } }] });
  const result = await attempt(script, { limits: { maxSteps: 2 } });
  expect(result.reason).toBe('limit-reached');
  expect(server.requests).toHaveLength(2);
});

test('a refused key stops at once and says which attempt would fare no better', async () => {
  const result = await attempt(() => ({ status: 401, body: { error: { message: 'no' } } }));
  expect(result).toMatchObject({ reason: 'failed', fatal: true });
  expect(server.requests).toHaveLength(1);
});

test('a conversation that is too long is made to fit and goes on to its answer', async () => {
  const tooLong = {
    status: 400,
    body: {
      error: { message: "This model's maximum context length is 8192 tokens.", code: 'context_length_exceeded' },
    },
  };
  const result = await attempt((n) => {
    if (n < 3) return { calls: [{ name: 'run', input: { command: `seq ${n}000 ${n}900` } }] };
    return n === 3 ? tooLong : { text: 'The answer is 42.' };
  });
  expect(result).toMatchObject({ reason: 'finished', message: 'The answer is 42.' });
  expect(JSON.stringify(messagesOf(4)).length).toBeLessThan(JSON.stringify(messagesOf(3)).length);
  expect(JSON.stringify(messagesOf(4))).toContain('Change a.txt.');
});

test('a stopped attempt goes on with the same prefix and without asking twice', async () => {
  const stop = new AbortController();
  const script = (n: number): Reply => {
    if (n === 0)
      return { thinking: 'first', calls: [{ id: 'w', name: 'write', input: { path: 'b.txt', content: 'b' } }] };
    stop.abort();
    return { text: 'never read', waitMs: 50 };
  };
  expect((await attempt(script, { signal: stop.signal })).reason).toBe('stopped');
  const before = server.requests[1]!.body;
  await server.close();
  const result = await attempt(() => ({ text: 'Finished later.' }));
  expect(result).toMatchObject({ reason: 'finished', message: 'Finished later.' });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]!.body).toEqual(before);
});

test('calls owed after a crash are run once; one that was under way is reported and not repeated', async () => {
  const reply = {
    role: 'assistant' as const,
    content: ['c1', 'c2', 'c3'].map((toolCallId, index) => ({
      type: 'tool-call' as const,
      toolCallId,
      toolName: 'run',
      input: { command: `echo ${index} >> log.txt` },
    })),
  };
  ledger.append('r', 1, 'message.added', { message: { role: 'system', content: 's' } });
  ledger.append('r', 1, 'message.added', { message: { role: 'user', content: [{ type: 'text', text: 'go' }] } });
  ledger.append('r', 1, 'message.added', { message: reply });
  const done = {
    type: 'tool-result',
    toolCallId: 'c1',
    toolName: 'run',
    output: { type: 'text', value: 'ran before' },
  };
  ledger.append('r', 1, 'tool.started', { call: 'c1', tool: 'run', input: {} });
  ledger.append('r', 1, 'tool.finished', {
    call: 'c1',
    tool: 'run',
    ok: true,
    summary: '',
    wallMs: 1,
    result: ledger.putBlob(JSON.stringify(done)),
  });
  ledger.append('r', 1, 'tool.started', { call: 'c2', tool: 'run', input: {} });
  await attempt(() => ({ text: 'Done.' }));
  expect((await workspace.files.read('log.txt')).toString()).toBe('2\n');
  const sent = JSON.stringify(messagesOf(0));
  expect(sent).toContain('ran before');
  expect(sent).toContain('Interrupted');
});

test('--effort auto goes on at a higher effort when the check fails, and each step is on record', async () => {
  const verdicts = [false, true];
  const result = await attempt((n) => ({ text: `try ${n}` }), {
    input: {
      setting: { agent: 'parlay', model: 'anthropic/claude-sonnet-4-5', effort: 'auto' },
      check: async () => ({ verified: verdicts.shift()!, feedback: 'test x fails' }),
    },
  });
  expect(result).toMatchObject({ reason: 'finished', message: 'try 1' });
  const budgets = server.requests.map(({ body }) => body.thinking?.budget_tokens);
  expect(budgets[1]).toBeGreaterThan(budgets[0]);
  expect(JSON.stringify(messagesOf(1))).toContain('test x fails');
  const changed = ledger.events({ run: 'r', kinds: ['setting.changed'] });
  expect(changed.map(({ data }) => data.effort)).toEqual(['medium']);
});

test('a fallback takes over only when listed, and it is said', async () => {
  const script = (_: number, model: string): Reply =>
    model === 'first' ? { status: 500 } : { text: 'From the second.' };
  const environment = { PARLAY_RETRY_SECONDS: '1' };
  const setting = { agent: 'parlay', model: 'openai-compatible/first', effort: 'off' as const };
  const alone = await attempt(script, { input: { setting }, environment });
  expect(alone.reason).toBe('failed');
  await server.close();
  const listed = await attempt(script, {
    input: { run: 'r2', setting: { ...setting, fallback: ['openai-compatible/second'] } },
    environment,
  });
  expect(listed).toMatchObject({ reason: 'finished', message: 'From the second.' });
  expect(server.requests.at(-1)!.body.model).toBe('second');
  expect(ledger.events({ run: 'r2', kinds: ['setting.changed'] })[0]!.data.reason).toContain('as listed');
});
