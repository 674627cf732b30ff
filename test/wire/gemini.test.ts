import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, complaint, replyOf } from './ask.ts';
import { gemini } from './gemini.ts';
import { type Fields, fields, list, text } from './json.ts';
import { startWire, type WireServer } from './server.ts';

let server: WireServer;
beforeEach(async () => {
  server = await startWire(gemini);
});
afterEach(() => server.close());

const user = (words: string): Fields => ({ role: 'user', parts: [{ text: words }] });
const plain: Fields = { model: 'gemini-3.1-pro-preview', contents: [user('Hello')] };
const thinking = (config: Fields, model = 'gemini-3.1-pro-preview'): Fields => ({
  model,
  generationConfig: { thinkingConfig: config },
});
const call = (name: string, extra: Fields = {}): Fields => ({ functionCall: { name, args: {} }, ...extra });
const answer = (name: string): Fields => ({ functionResponse: { name, response: { content: 'x' } } });
const tools = [{ functionDeclarations: [{ name: 'read', parameters: { type: 'OBJECT', properties: {} } }] }];

test('answers the example of the documentation', async () => {
  const heard = await ask(server, plain);
  expect(heard.status).toBe(200);
  expect(list(heard.body.candidates)[0]).toMatchObject({ finishReason: 'STOP', content: { role: 'model' } });
  expect(replyOf(heard)[0]!.text).toBe('Hello.');
});

const refused: [name: string, change: Fields, status: number, message: RegExp][] = [
  [
    'an unknown model',
    { model: 'gemini-nonsense' },
    404,
    /models\/gemini-nonsense is not found for API version v1beta/,
  ],
  ['an unknown field', { messages: [] }, 400, /Unknown name "messages"/],
  [
    'level and budget together',
    thinking({ thinkingLevel: 'low', thinkingBudget: 1024 }),
    400,
    /only set only one of thinking budget and thinking level/,
  ],
  ['minimal on 3.1 Pro', thinking({ thinkingLevel: 'minimal' }), 400, /Thinking level MINIMAL is not supported/],
  ['a level on 2.5', thinking({ thinkingLevel: 'low' }, 'gemini-2.5-flash'), 400, /Thinking level is not supported/],
  ['no thinking on 2.5 Pro', thinking({ thinkingBudget: 0 }, 'gemini-2.5-pro'), 400, /only works in thinking mode/],
  [
    'too large a budget',
    thinking({ thinkingBudget: 40_000 }, 'gemini-2.5-pro'),
    400,
    /choose a value between 128 and 32768/,
  ],
  ['too small a budget', thinking({ thinkingBudget: 100 }, 'gemini-2.5-pro'), 400, /choose a value between 128/],
  [
    'too many output tokens',
    { generationConfig: { maxOutputTokens: 65_537 } },
    400,
    /supported range is from 1 \(inclusive\) to 65537/,
  ],
  ['too hot', { generationConfig: { temperature: 3 } }, 400, /temperature value of 3/],
  ['no contents', { contents: [] }, 400, /contents is not specified/],
  ['no parts', { contents: [{ role: 'user', parts: [] }] }, 400, /must not be empty/],
  ['an empty part', { contents: [{ role: 'user', parts: [{}] }] }, 400, /must have one initialized field/],
  [
    'a role of another vendor',
    { contents: [{ role: 'assistant', parts: [{ text: 'x' }] }] },
    400,
    /valid role: user, model/,
  ],
  [
    'a call that nobody asked for',
    {
      contents: [
        { role: 'model', parts: [call('read')] },
        { role: 'user', parts: [answer('read')] },
      ],
    },
    400,
    /immediately after a user turn/,
  ],
  [
    'a call without its answer',
    { contents: [user('x'), { role: 'model', parts: [call('read')] }, user('y')] },
    400,
    /number of function response parts is equal/,
  ],
  [
    'one answer for two calls',
    {
      contents: [
        user('x'),
        { role: 'model', parts: [call('read'), call('list')] },
        { role: 'user', parts: [answer('read')] },
      ],
    },
    400,
    /number of function response parts is equal/,
  ],
  [
    'an answer to another call',
    { contents: [user('x'), { role: 'model', parts: [call('read')] }, { role: 'user', parts: [answer('list')] }] },
    400,
    /number of function response parts is equal/,
  ],
  [
    'an answer without a call',
    { contents: [user('x'), { role: 'user', parts: [answer('read')] }] },
    400,
    /immediately after a function call turn/,
  ],
  [
    'a call without its signature',
    { contents: [user('x'), { role: 'model', parts: [call('read')] }, { role: 'user', parts: [answer('read')] }] },
    400,
    /missing a thought_signature.*`default_api:read` , position 2/,
  ],
  [
    'a made-up signature',
    {
      contents: [
        user('x'),
        { role: 'model', parts: [call('read', { thoughtSignature: 'abc' })] },
        { role: 'user', parts: [answer('read')] },
      ],
    },
    400,
    /Corrupted thought signature/,
  ],
];

test.each(refused)('refuses %s', async (_name, change, status, message) => {
  const heard = await ask(server, { ...plain, ...change });
  expect(complaint(heard)).toMatch(message);
  expect(heard.status).toBe(status);
  expect(heard.body).toMatchObject({
    error: { code: status, status: status === 404 ? 'NOT_FOUND' : 'INVALID_ARGUMENT' },
  });
});

test('refuses a missing and a wrong key as Google does', async () => {
  const none = await ask(server, plain, { headers: {} });
  expect([none.status, fields(none.body.error).status]).toEqual([403, 'PERMISSION_DENIED']);
  const wrong = await ask(server, plain, { headers: { 'x-goog-api-key': 'other' } });
  expect([wrong.status, complaint(wrong)]).toEqual([400, 'API key not valid. Please pass a valid API key.']);
  expect(JSON.stringify(wrong.body)).toContain('API_KEY_INVALID');
});

test('says how much too long a prompt is', async () => {
  const small = await startWire(gemini, { contextTokens: 5 });
  const heard = await ask(small, plain);
  expect([heard.status, complaint(heard)]).toEqual([
    400,
    expect.stringMatching(/^The input token count \(\d+\) exceeds the maximum number of tokens allowed \(5\)\.$/),
  ]);
  await small.close();
});

test('takes calls back with the signatures they were given', async () => {
  server.play(() => ({
    thinking: 'A look.',
    calls: [
      { name: 'read', input: {} },
      { name: 'read', input: { b: 1 } },
    ],
  }));
  const parts = replyOf(await ask(server, { ...plain, tools }));
  expect(
    parts.map((part) => 'thoughtSignature' in part),
    'the first of parallel calls alone is signed',
  ).toEqual([true, false]);
  const back = (changed: Fields[]) =>
    ask(server, {
      ...plain,
      tools,
      contents: [
        user('Hello'),
        { role: 'model', parts: changed },
        { role: 'user', parts: [answer('read'), answer('read')] },
      ],
    });
  expect((await back(parts)).status).toBe(200);
  const [first, second] = parts as [Fields, Fields];
  expect(complaint(await back([{ functionCall: first.functionCall }, second]))).toMatch(/missing a thought_signature/);
  expect(complaint(await back([{ ...first, thoughtSignature: `${text(first.thoughtSignature)}x` }, second]))).toMatch(
    /Corrupted/,
  );
  expect((await back([{ ...first, thoughtSignature: 'skip_thought_signature_validator' }, second])).status).toBe(200);
});

test('streams what a whole reply says, with running totals', async () => {
  server.play(() => ({
    thinking: 'Grüße…',
    text: 'Das genügt — 完了 ✅',
    calls: [{ name: 'read', input: { path: 'ä' } }],
  }));
  const body = {
    ...plain,
    tools,
    generationConfig: { thinkingConfig: { thinkingLevel: 'high', includeThoughts: true } },
  };
  const heard = await ask(server, { ...body, stream: true });
  const parts = heard.events.flatMap((event) => list(fields(list(event.candidates)[0]?.content).parts));
  expect(
    parts
      .filter((part) => part.thought)
      .map((part) => part.text)
      .join(''),
  ).toBe('Grüße…');
  expect(
    parts
      .filter((part) => !part.thought)
      .map((part) => text(part.text))
      .join(''),
  ).toBe('Das genügt — 完了 ✅');
  expect(parts.find((part) => part.functionCall)!.thoughtSignature).toBeDefined();
  const usage = fields(heard.events.at(-1)!.usageMetadata);
  expect(usage).toMatchObject({
    candidatesTokenCount: server.totals().output,
    thoughtsTokenCount: server.totals().reasoning,
  });
});

test('finds a long prefix again', async () => {
  const body = { ...plain, model: 'gemini-2.5-flash', contents: [user('word '.repeat(3000))] };
  await ask(server, body);
  const usage = fields((await ask(server, body)).body.usageMetadata);
  expect(Number(usage.cachedContentTokenCount)).toBeGreaterThan(2048);
});
