import { afterEach, expect, test } from 'vitest';
import { ask, complaint, replyOf } from './ask.ts';
import { type Fields, fields, list, text } from './json.ts';
import { startWire, type WireServer } from './server.ts';
import { vendors } from './vendors.ts';

let server: WireServer;
afterEach(() => server.close());

async function start(name: string, contextTokens?: number): Promise<WireServer> {
  server = await startWire(vendors[name]!, { contextTokens });
  return server;
}

const tool = { type: 'function', name: 'read', parameters: { type: 'object', properties: {} } };
const chatTool = { type: 'function', function: { name: 'read', parameters: { type: 'object', properties: {} } } };
const input: Fields = { model: 'gpt-5.6', input: [{ role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }] };
const messages: Fields = { model: 'gpt-5.2', messages: [{ role: 'user', content: 'Hello' }] };
const stateless = {
  store: false,
  include: ['reasoning.encrypted_content'],
  reasoning: { effort: 'high', summary: 'auto' },
};
const call: Fields = { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{}' };
const chatCall: Fields = {
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read', arguments: '{}' } }],
};
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };

test.each(['responses', 'chat', 'deepseek', 'local'])('%s answers a plain example', async (name) => {
  await start(name);
  const body =
    name === 'responses' ? input : { ...messages, model: name === 'deepseek' ? 'deepseek-v4-pro' : 'gpt-5.2' };
  const heard = await ask(server, body);
  expect(heard.status).toBe(200);
  expect(JSON.stringify(replyOf(heard))).toContain('Hello.');
});

const refused: [server: string, name: string, body: Fields, status: number, message: RegExp][] = [
  [
    'responses',
    'an unknown model',
    { ...input, model: 'gpt-nonsense' },
    400,
    /requested model 'gpt-nonsense' does not exist/,
  ],
  ['responses', 'an unknown parameter', { ...input, thinking: {} }, 400, /Unknown parameter: 'thinking'/],
  [
    'responses',
    'minimal on GPT-5.1',
    { ...input, model: 'gpt-5.1', reasoning: { effort: 'minimal' } },
    400,
    /'minimal' is not supported with the 'gpt-5.1' model. Supported values are: 'none', 'low', 'medium', and 'high'/,
  ],
  [
    'responses',
    'none on GPT-5',
    { ...input, model: 'gpt-5', reasoning: { effort: 'none' } },
    400,
    /'none' is not supported/,
  ],
  [
    'responses',
    'max on GPT-5.5',
    { ...input, model: 'gpt-5.5', reasoning: { effort: 'max' } },
    400,
    /'max' is not supported/,
  ],
  [
    'responses',
    'effort on GPT-4.1',
    { ...input, model: 'gpt-4.1', reasoning: { effort: 'low' } },
    400,
    /Unsupported parameter: 'reasoning.effort'/,
  ],
  [
    'responses',
    'encrypted reasoning on GPT-4.1',
    { ...input, model: 'gpt-4.1', include: ['reasoning.encrypted_content'] },
    400,
    /Encrypted content is not supported/,
  ],
  [
    'responses',
    'temperature while reasoning',
    { ...input, temperature: 0.2 },
    400,
    /Unsupported parameter: 'temperature'/,
  ],
  ['responses', 'too many output tokens', { ...input, max_output_tokens: 128_001 }, 400, /integer above maximum value/],
  ['responses', 'too few output tokens', { ...input, max_output_tokens: 8 }, 400, /integer below minimum value/],
  ['responses', 'no input', { ...input, input: [] }, 400, /must be provided/],
  ['responses', 'a role of chat', { ...input, input: [{ role: 'tool', content: 'x' }] }, 400, /Invalid value: 'tool'/],
  [
    'responses',
    'input text from the assistant',
    { ...input, input: [...list(input.input), { role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
    400,
    /Supported values are: 'output_text', and 'refusal'/,
  ],
  [
    'responses',
    'a call without output',
    { ...input, input: [...list(input.input), call] },
    400,
    /No tool output found for function call call_1/,
  ],
  [
    'responses',
    'output without a call',
    { ...input, input: [...list(input.input), { type: 'function_call_output', call_id: 'call_9', output: 'x' }] },
    400,
    /No tool call found for function call output with call_id call_9/,
  ],
  [
    'responses',
    'an id of another make',
    {
      ...input,
      input: [
        ...list(input.input),
        { ...call, id: 'toolu_1' },
        { type: 'function_call_output', call_id: 'call_1', output: 'x' },
      ],
    },
    400,
    /Expected an ID that begins with 'fc'/,
  ],
  [
    'responses',
    'a call id that is too long',
    { ...input, input: [...list(input.input), { ...call, call_id: 'x'.repeat(65) }] },
    400,
    /maximum length 64/,
  ],
  [
    'responses',
    'a reference to what was not stored',
    { ...input, store: false, input: [...list(input.input), { type: 'item_reference', id: 'rs_1' }] },
    404,
    /Items are not persisted when `store` is set to false/,
  ],
  [
    'responses',
    'foreign encrypted reasoning',
    {
      ...input,
      input: [...list(input.input), { type: 'reasoning', id: 'rs_9', summary: [], encrypted_content: 'gAAAAB' }],
    },
    400,
    /could not be verified/,
  ],
  [
    'responses',
    'an image where there is no eye',
    {
      ...input,
      model: 'o3-mini',
      input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'data:image/png;base64,AAAA' }] }],
    },
    400,
    /does not support image inputs/,
  ],
  [
    'responses',
    'a previous response it does not have',
    { ...input, previous_response_id: 'resp_1' },
    400,
    /Previous response with id/,
  ],
  [
    'chat',
    'an unknown model',
    { ...messages, model: 'gpt-nonsense' },
    404,
    /`gpt-nonsense` does not exist or you do not have access/,
  ],
  [
    'chat',
    'max_tokens on a reasoning model',
    { ...messages, max_tokens: 100 },
    400,
    /Use 'max_completion_tokens' instead/,
  ],
  [
    'chat',
    'too many output tokens',
    { ...messages, model: 'gpt-4o', max_tokens: 200_000 },
    400,
    /max_tokens is too large: 200000/,
  ],
  [
    'chat',
    'tools with reasoning on GPT-5.6',
    { ...messages, model: 'gpt-5.6', tools: [chatTool] },
    400,
    /Function tools with reasoning_effort are not supported for gpt-5.6/,
  ],
  [
    'chat',
    'temperature while reasoning',
    { ...messages, reasoning_effort: 'low', temperature: 0 },
    400,
    /'temperature' does not support 0/,
  ],
  [
    'chat',
    'minimal on GPT-5.2',
    { ...messages, reasoning_effort: 'minimal' },
    400,
    /'reasoning_effort' does not support 'minimal'/,
  ],
  [
    'chat',
    'a call without output',
    { ...messages, messages: [...list(messages.messages), chatCall, ...list(messages.messages)] },
    400,
    /did not have response messages: call_1/,
  ],
  [
    'chat',
    'output without a call',
    { ...messages, messages: [{ role: 'tool', tool_call_id: 'call_9', content: 'x' }] },
    400,
    /must be a response to a preceeding message with 'tool_calls'/,
  ],
  [
    'chat',
    'an empty reply in the history',
    { ...messages, messages: [...list(messages.messages), { role: 'assistant', content: null }] },
    400,
    /expected a string, got null/,
  ],
  ['chat', 'no message', { ...messages, messages: [] }, 400, /empty array/],
  [
    'chat',
    'another vendor’s switch',
    { ...messages, thinking: { type: 'disabled' } },
    400,
    /Unknown parameter: 'thinking'/,
  ],
  ['deepseek', 'an unknown model', messages, 400, /Model Not Exist/],
  [
    'deepseek',
    'an image',
    { ...messages, model: 'deepseek-v4-pro', messages: [{ role: 'user', content: [image] }] },
    400,
    /unknown variant `image_url`/,
  ],
  [
    'deepseek',
    'a developer message',
    { ...messages, model: 'deepseek-v4-pro', messages: [{ role: 'developer', content: 'x' }] },
    400,
    /unknown variant `developer`/,
  ],
  [
    'deepseek',
    'a tool loop without its thinking',
    {
      model: 'deepseek-v4-pro',
      messages: [...list(messages.messages), chatCall, { role: 'tool', tool_call_id: 'call_1', content: 'x' }],
    },
    400,
    /`reasoning_content` in the thinking mode must be passed back/,
  ],
  [
    'local',
    'an image',
    { ...messages, messages: [{ role: 'user', content: [image] }] },
    500,
    /image input is not supported/,
  ],
];

test.each(refused)('%s refuses %s', async (name, _what, body, status, message) => {
  await start(name);
  const heard = await ask(server, body);
  expect(complaint(heard)).toMatch(message);
  expect(heard.status).toBe(status);
});

test.each([
  ['responses', input, /Incorrect API key provided: sk-wrong\*/],
  ['chat', messages, /Incorrect API key provided: sk-wrong\*/],
  ['deepseek', messages, /Authentication Fails, Your api key: \*\*\*\*0002 is invalid/],
] as const)('%s refuses a wrong key with 401', async (name, body, message) => {
  await start(name);
  const heard = await ask(server, body, { headers: { authorization: 'Bearer sk-wrong-0002' } });
  expect(heard.status).toBe(401);
  expect(complaint(heard)).toMatch(message);
});

test.each([
  ['responses', input, /Your input exceeds the context window of this model/],
  ['chat', messages, /maximum context length is 5 tokens/],
  ['deepseek', { ...messages, model: 'deepseek-chat' }, /maximum context length is 5 tokens/],
  ['local', messages, /exceeds the available context size \(5 tokens\)/],
] as const)('%s says when the context is too small', async (name, body, message) => {
  await start(name, 5);
  const heard = await ask(server, body);
  expect([heard.status, complaint(heard)]).toEqual([400, expect.stringMatching(message)]);
});

test('Responses takes reasoning back unchanged and with what it led to', async () => {
  await start('responses');
  server.play(() => ({ thinking: 'A look first.', calls: [{ name: 'read', input: { path: 'a' } }] }));
  const body = { ...input, ...stateless, tools: [tool] };
  const output = replyOf(await ask(server, body));
  const [reasoning, made] = output as [Fields, Fields];
  expect(output.map((item) => item.type)).toEqual(['reasoning', 'function_call']);
  const answer = { type: 'function_call_output', call_id: made.call_id, output: 'text' };
  const user = list(input.input);
  const second = (...items: Fields[]) => ask(server, { ...body, input: [...user, ...items] });

  expect((await second(reasoning, made, answer)).status).toBe(200);
  expect(complaint(await second({ ...reasoning, encrypted_content: 'gAAAAx' }, made, answer))).toMatch(
    /could not be verified/,
  );
  expect(complaint(await second(made, answer, reasoning))).toMatch(/required 'reasoning' item|required following item/);
  expect(complaint(await second({ ...reasoning, encrypted_content: undefined }, made, answer))).toMatch(
    /Items are not persisted/,
  );
  expect(complaint(await second(reasoning, { role: 'assistant', content: 'x' }, made, answer))).toMatch(
    /without its required following item/,
  );
  const { id: _, ...bare } = made;
  expect((await second(bare, answer)).status, 'without ids and reasoning it is plain history').toBe(200);
});

test('Responses keeps what it was told to store', async () => {
  await start('responses');
  server.play(() => ({ thinking: 'Hm.', text: 'Hello.' }));
  const output = replyOf(await ask(server, { ...input, reasoning: { effort: 'high' } }));
  const references = output.map((item) => ({ type: 'item_reference', id: item.id }));
  const user = list(input.input);
  expect((await ask(server, { ...input, input: [...user, ...references, ...user] })).status).toBe(200);
});

test('DeepSeek takes a tool loop back with its thinking', async () => {
  await start('deepseek');
  server.play(() => ({ thinking: 'A look first.', calls: [{ name: 'read', input: {} }] }));
  const body = { model: 'deepseek-v4-pro', messages: list(messages.messages), tools: [chatTool] };
  const [message] = replyOf(await ask(server, body)) as [Fields];
  expect(message.reasoning_content).toBe('A look first.');
  const answer = { role: 'tool', tool_call_id: list(message.tool_calls)[0]!.id, content: 'x' };
  expect((await ask(server, { ...body, messages: [...body.messages, message, answer] })).status).toBe(200);
  const { reasoning_content: _, ...bare } = message;
  expect((await ask(server, { ...body, messages: [...body.messages, bare, answer] })).status).toBe(400);
});

test.each(['responses', 'chat', 'deepseek', 'local'])('%s streams what a whole reply says', async (name) => {
  await start(name);
  server.play(() => ({
    thinking: 'Grüße…',
    text: 'Das genügt — 完了 ✅',
    calls: [{ name: 'read', input: { path: 'ä' } }],
  }));
  const body: Fields =
    name === 'responses'
      ? { ...input, ...stateless, tools: [tool] }
      : {
          ...messages,
          model: name === 'deepseek' ? 'deepseek-v4-pro' : 'gpt-5.2',
          tools: [chatTool],
          stream_options: { include_usage: true },
        };
  const heard = await ask(server, { ...body, stream: true });
  const written = heard.events
    .map((event) =>
      event.type === 'response.output_text.delta'
        ? text(event.delta)
        : text(fields(list(event.choices)[0]?.delta).content),
    )
    .join('');
  expect(written).toBe('Das genügt — 完了 ✅');
  const json = heard.events
    .map((event) =>
      event.type === 'response.function_call_arguments.delta'
        ? text(event.delta)
        : text(fields(list(fields(list(event.choices)[0]?.delta).tool_calls)[0]?.function).arguments),
    )
    .join('');
  expect(JSON.parse(json)).toEqual({ path: 'ä' });
  const usage = fields(heard.events.at(-1)!.usage ?? fields(heard.events.at(-1)!.response).usage);
  expect(Number(usage.completion_tokens ?? usage.output_tokens)).toBe(
    server.totals().output + server.totals().reasoning,
  );
  expect(heard.raw).toMatch(name === 'responses' ? /event: keepalive/ : /^: /m);
});

test('Chat reports usage of a stream only to those who ask', async () => {
  await start('chat');
  const heard = await ask(server, { ...messages, stream: true });
  expect(heard.raw).not.toContain('usage');
  expect(heard.raw).toMatch(/data: \[DONE\]\n\n$/);
});

test.each(['responses', 'chat'])('%s finds a long prefix again', async (name) => {
  await start(name);
  const long = { role: 'user', content: 'word '.repeat(2000) };
  const body = name === 'responses' ? { ...input, input: [long] } : { ...messages, messages: [long] };
  await ask(server, body);
  const usage = fields((await ask(server, body)).body.usage);
  const details = fields(usage.input_tokens_details ?? usage.prompt_tokens_details);
  expect(Number(details.cached_tokens)).toBeGreaterThanOrEqual(1024);
  expect(Number(details.cached_tokens) % 128).toBe(0);
});
