import { afterEach, beforeEach, expect, test } from 'vitest';
import { anthropic } from './anthropic.ts';
import { ask, complaint, replyOf } from './ask.ts';
import { type Fields, fields } from './json.ts';
import { splitInsideCharacters } from './misbehave.ts';
import { startWire, type WireServer } from './server.ts';

let server: WireServer;
beforeEach(async () => {
  server = await startWire(anthropic);
});
afterEach(() => server.close());

const tools = [{ name: 'read', description: 'Reads a file.', input_schema: { type: 'object', properties: {} } }];
const hello = [{ role: 'user', content: 'Hello, Claude' }];
const plain: Fields = { model: 'claude-opus-5', max_tokens: 1024, messages: hello };
const adaptive = { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } };
const mark = { cache_control: { type: 'ephemeral' } };
const use = (id: string): Fields => ({ type: 'tool_use', id, name: 'read', input: {} });
const result = (id: string): Fields => ({ type: 'tool_result', tool_use_id: id, content: 'text' });

test('answers the example of the documentation', async () => {
  const heard = await ask(server, plain);
  expect(heard.status).toBe(200);
  expect(heard.body).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
  expect(replyOf(heard)).toEqual([{ type: 'text', text: 'Hello.' }]);
});

const refused: [name: string, change: Fields, status: number, message: RegExp][] = [
  ['an unknown model', { model: 'claude-nonsense-9' }, 404, /^model: claude-nonsense-9$/],
  ['an unknown field', { effort: 'high' }, 400, /effort: Extra inputs are not permitted/],
  ['no max_tokens', { max_tokens: undefined }, 400, /max_tokens: Field required/],
  ['too many output tokens', { max_tokens: 128_001 }, 400, /128001 > 128000, which is the maximum allowed/],
  [
    'a budget where only adaptive is taken',
    { thinking: { type: 'enabled', budget_tokens: 2048 } },
    400,
    /"thinking.type.enabled" is not supported for this model/,
  ],
  [
    'disabled where thinking cannot be disabled',
    { model: 'claude-opus-5-5', thinking: { type: 'disabled' } },
    400,
    /"thinking.type.disabled" is not supported/,
  ],
  [
    'between_tools elsewhere than on Sonnet 5.5',
    { thinking: { type: 'between_tools' } },
    400,
    /between_tools" is not supported/,
  ],
  [
    'between_tools with xhigh',
    { model: 'claude-sonnet-5-5', thinking: { type: 'between_tools' }, output_config: { effort: 'xhigh' } },
    400,
    /between_tools" is not supported with effort/,
  ],
  [
    'disabled with xhigh',
    { thinking: { type: 'disabled' }, output_config: { effort: 'xhigh' } },
    400,
    /not supported with effort 'xhigh'/,
  ],
  [
    'adaptive where only a budget is taken',
    { model: 'claude-haiku-4-5', thinking: { type: 'adaptive' } },
    400,
    /thinking.type.adaptive" is not supported/,
  ],
  [
    'effort where there is none',
    { model: 'claude-haiku-4-5', output_config: { effort: 'low' } },
    400,
    /does not support the effort parameter/,
  ],
  [
    'xhigh on Opus 4.6',
    { model: 'claude-opus-4-6', output_config: { effort: 'xhigh' } },
    400,
    /'xhigh' is not supported/,
  ],
  ['max on Opus 4.5', { model: 'claude-opus-4-5', output_config: { effort: 'max' } }, 400, /'max' is not supported/],
  [
    'a budget beside adaptive',
    { thinking: { type: 'adaptive', budget_tokens: 2048 } },
    400,
    /budget_tokens: Extra inputs/,
  ],
  [
    'a budget under 1,024',
    { model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 1023 } },
    400,
    /greater than or equal to 1024/,
  ],
  [
    'a budget as large as max_tokens',
    { model: 'claude-haiku-4-5', thinking: { type: 'enabled', budget_tokens: 1024 } },
    400,
    /`max_tokens` must be greater than `thinking.budget_tokens`/,
  ],
  ['temperature on Opus 5', { temperature: 0.2 }, 400, /`temperature` is deprecated/],
  [
    'temperature with thinking',
    { model: 'claude-opus-4-6', temperature: 0.2, thinking: { type: 'adaptive' } },
    400,
    /only be set to 1 when thinking/,
  ],
  ['a forced tool with thinking', { tools, tool_choice: { type: 'any' } }, 400, /tool_choice forces tool use/],
  [
    'five cache marks',
    { system: Array.from({ length: 5 }, () => ({ type: 'text', text: 'a', ...mark })) },
    400,
    /maximum of 4 blocks.*Found 5/,
  ],
  [
    'an hour after five minutes',
    {
      system: [{ type: 'text', text: 'a', ...mark }],
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      ],
    },
    400,
    /must not come after a ttl='5m'/,
  ],
  ['no message', { messages: [] }, 400, /at least one message/],
  [
    'an assistant first',
    { messages: [{ role: 'assistant', content: 'Hi' }, ...hello] },
    400,
    /first message must use the "user" role/,
  ],
  [
    'a system message among the messages',
    { messages: [...hello, { role: 'system', content: 'Be brief.' }] },
    400,
    /Unexpected role "system"/,
  ],
  [
    'empty text',
    { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
    400,
    /text content blocks must be non-empty/,
  ],
  ['blank text', { messages: [{ role: 'user', content: ' \n' }] }, 400, /non-whitespace/],
  ['empty content', { messages: [{ role: 'user', content: [] }] }, 400, /must have non-empty content/],
  [
    'prefill',
    { messages: [...hello, { role: 'assistant', content: 'Well' }] },
    400,
    /does not support assistant message prefill/,
  ],
  [
    'a call without its result',
    { tools, messages: [...hello, { role: 'assistant', content: [use('toolu_1')] }, ...hello] },
    400,
    /`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1/,
  ],
  [
    'one of two results',
    {
      tools,
      messages: [
        ...hello,
        { role: 'assistant', content: [use('toolu_1'), use('toolu_2')] },
        { role: 'user', content: [result('toolu_1')] },
      ],
    },
    400,
    /immediately after: toolu_2/,
  ],
  [
    'a result without its call',
    {
      tools,
      messages: [...hello, { role: 'assistant', content: 'Hm' }, { role: 'user', content: [result('toolu_9')] }],
    },
    400,
    /unexpected `tool_use_id` found in `tool_result` blocks: toolu_9/,
  ],
  [
    'text before a result',
    {
      tools,
      messages: [
        ...hello,
        { role: 'assistant', content: [use('toolu_1')] },
        { role: 'user', content: [{ type: 'text', text: 'so' }, result('toolu_1')] },
      ],
    },
    400,
    /immediately after: toolu_1/,
  ],
  [
    'a call whose input is text',
    {
      tools,
      messages: [
        ...hello,
        { role: 'assistant', content: [{ ...use('toolu_1'), input: '{"a":' }] },
        { role: 'user', content: [result('toolu_1')] },
      ],
    },
    400,
    /Input should be a valid dictionary/,
  ],
  [
    'an id of another make',
    {
      tools,
      messages: [
        ...hello,
        { role: 'assistant', content: [use('call.1|x')] },
        { role: 'user', content: [result('call.1|x')] },
      ],
    },
    400,
    /String should match pattern/,
  ],
  [
    'a thinking block it never gave',
    {
      messages: [
        ...hello,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 'x' },
            { type: 'text', text: 'hm' },
          ],
        },
        ...hello,
      ],
    },
    400,
    /Invalid `signature` in `thinking` block/,
  ],
];

test.each(refused)('refuses %s', async (_name, change, status, message) => {
  const heard = await ask(server, { ...plain, ...change });
  expect(complaint(heard)).toMatch(message);
  expect(heard.status).toBe(status);
  expect(heard.body).toMatchObject({
    type: 'error',
    error: { type: status === 404 ? 'not_found_error' : 'invalid_request_error' },
  });
  expect(heard.headers.get('request-id')).toBe(heard.body.request_id);
});

test('refuses a missing key, a wrong key and a missing version', async () => {
  const version = { 'anthropic-version': '2023-06-01' };
  const none = await ask(server, plain, { headers: version });
  expect([none.status, complaint(none)]).toEqual([401, 'x-api-key header is required']);
  const wrong = await ask(server, plain, { headers: { ...version, 'x-api-key': 'other' } });
  expect([wrong.status, complaint(wrong)]).toEqual([401, 'invalid x-api-key']);
  const bare = await ask(server, plain, { headers: { 'x-api-key': 'wire-key-0123456789abcdef' } });
  expect([bare.status, complaint(bare)]).toEqual([400, 'anthropic-version: header is required']);
});

test('says how much too long a prompt is', async () => {
  const small = await startWire(anthropic, { contextTokens: 50 });
  const heard = await ask(small, { ...plain, messages: [{ role: 'user', content: 'word '.repeat(200) }] });
  expect(heard.status).toBe(400);
  expect(complaint(heard)).toMatch(/^prompt is too long: \d+ tokens > 50 maximum$/);
  await small.close();
});

/** One step of a tool loop with thinking, and the history with the result of its call. */
async function loop(model: string, extra: Fields): Promise<{ body: Fields; history: Fields[]; content: Fields[] }> {
  server.play(() => ({
    thinking: 'A look first.',
    redacted: true,
    text: 'Reading.',
    calls: [{ name: 'read', input: {} }],
  }));
  const body: Fields = { model, max_tokens: 4096, tools, messages: hello, ...extra };
  const content = replyOf(await ask(server, body));
  const call = content.find((block) => block.type === 'tool_use')!;
  return {
    body,
    content,
    history: [...hello, { role: 'assistant', content }, { role: 'user', content: [result(String(call.id))] }],
  };
}

const loops: [model: string, extra: Fields][] = [
  ['claude-opus-5-5', adaptive],
  ['claude-opus-4-6', adaptive],
  ['claude-haiku-4-5', { thinking: { type: 'enabled', budget_tokens: 1024 } }],
];

test.each(loops)('takes thinking of %s back only as it was given', async (model, extra) => {
  const { body, history, content } = await loop(model, extra);
  expect(content.map((block) => block.type)).toEqual(['thinking', 'redacted_thinking', 'text', 'tool_use']);
  const withContent = (changed: Fields[]) =>
    ask(server, { ...body, messages: [history[0], { role: 'assistant', content: changed }, history[2]] });
  const [thinking, redacted, words, call] = content as [Fields, Fields, Fields, Fields];

  expect((await ask(server, { ...body, messages: history })).status).toBe(200);
  const altered = await withContent([{ ...thinking, thinking: 'Something else.' }, redacted, words, call]);
  expect(complaint(altered)).toMatch(/blocks in the latest assistant message cannot be modified/);
  const swapped = await withContent([redacted, thinking, words, call]);
  expect(complaint(swapped)).toMatch(/cannot be modified/);
  const dropped = await withContent([words, call]);
  expect(complaint(dropped)).toMatch(/cannot be modified|Expected `thinking` or `redacted_thinking`, but found `text`/);
  const signed = await withContent([
    { ...thinking, signature: `${String(thinking.signature)}x` },
    redacted,
    words,
    call,
  ]);
  expect(complaint(signed)).toMatch(/Invalid `signature` in `thinking` block/);
});

test('holds the prefix of preserved thinking', async () => {
  const { body, history } = await loop('claude-opus-5-5', adaptive);
  const changes: Fields[] = [
    { system: 'Be brief.' },
    { tools: [...tools, { ...tools[0], name: 'write' }] },
    { messages: [{ role: 'user', content: 'Hello, Claude.' }, ...history.slice(1)] },
  ];
  for (const change of changes) {
    const heard = await ask(server, { ...body, messages: history, ...change });
    expect(complaint(heard)).toMatch(/The block is bound to a different conversation/);
  }
  const later = [{ type: 'text', text: 'Hello, Claude', ...mark }];
  const marked = {
    ...body,
    messages: [{ role: 'user', content: later }, ...history.slice(1)],
    output_config: { effort: 'low' },
  };
  expect((await ask(server, marked)).status, 'cache marks and effort are no part of the prefix').toBe(200);
  const before = await loop('claude-opus-4-6', adaptive);
  const changed = await ask(server, { ...before.body, messages: before.history, system: 'Be brief.' });
  expect(changed.status, 'Opus 4.6 does not bind').toBe(200);
});

test('streams what a whole reply says', async () => {
  server.play(() => ({
    thinking: 'Grüße überlegen…',
    text: 'Das genügt — 完了 ✅',
    calls: [
      { name: 'read', input: { path: 'ä.txt' } },
      { name: 'read', input: {} },
    ],
  }));
  const body = { ...plain, ...adaptive, tools };
  const whole = await ask(server, body);
  const streamed = await ask(server, { ...body, stream: true });
  const types = streamed.events.map((event) => event.type);
  expect(types[0]).toBe('message_start');
  expect(types.at(-1)).toBe('message_stop');
  expect(types).toContain('ping');
  const blocks: Fields[] = [];
  for (const event of streamed.events) {
    const delta = fields(event.delta);
    const at = Number(event.index);
    if (event.type === 'content_block_start') blocks[at] = { ...fields(event.content_block), json: '' };
    for (const [key, into] of [
      ['thinking', 'thinking'],
      ['text', 'text'],
      ['signature', 'signature'],
      ['partial_json', 'json'],
    ] as const)
      if (event.type === 'content_block_delta' && delta[key] !== undefined)
        blocks[at]![into] = String(blocks[at]![into]) + String(delta[key]);
  }
  const inputs = blocks.filter((block) => block.type === 'tool_use').map((block) => JSON.parse(String(block.json)));
  expect(inputs).toEqual([{ path: 'ä.txt' }, {}]);
  expect(blocks.map((block) => block.type)).toEqual(replyOf(whole).map((block) => block.type));
  expect(blocks[0]!.thinking).toBe('Grüße überlegen…');
  expect(blocks[1]!.text).toBe('Das genügt — 完了 ✅');
  const usage = fields(streamed.events.findLast((event) => event.type === 'message_delta')!.usage);
  expect(usage.output_tokens).toBe(fields(whole.body.usage).output_tokens);
});

test('counts what a cache reads and writes', async () => {
  const system = [{ type: 'text', text: 'Rule. '.repeat(1000), cache_control: { type: 'ephemeral', ttl: '1h' } }];
  const first = [{ type: 'text', text: 'Question. '.repeat(50), ...mark }];
  const usage = async (messages: Fields[]) => fields((await ask(server, { ...plain, system, messages })).body.usage);

  const one = await usage([{ role: 'user', content: first }]);
  expect(one).toMatchObject({ input_tokens: 0, cache_read_input_tokens: 0 });
  const written = fields(one.cache_creation);
  expect(Number(written.ephemeral_1h_input_tokens)).toBeGreaterThan(1000);
  expect(Number(written.ephemeral_5m_input_tokens)).toBeGreaterThan(100);

  const again = await usage([{ role: 'user', content: first }]);
  expect(again).toMatchObject({
    input_tokens: 0,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: one.cache_creation_input_tokens,
  });

  const more = [
    { role: 'user', content: first },
    { role: 'assistant', content: 'Yes.' },
    { role: 'user', content: 'And?' },
  ];
  const unmarked = await usage(more);
  expect(unmarked.cache_read_input_tokens).toBe(one.cache_creation_input_tokens);
  expect(Number(unmarked.input_tokens)).toBeGreaterThan(0);
  const small = fields(
    (await ask(server, { ...plain, system: [{ type: 'text', text: 'Short.', ...mark }] })).body.usage,
  );
  expect(small, 'under the minimum nothing is cached').toMatchObject({ cache_creation_input_tokens: 0 });
});

test('streams split characters', () => {
  const parts = splitInsideCharacters(Buffer.from('data: ✓'));
  expect(parts.map((part) => part.toString('utf8')).join('')).not.toBe('data: ✓');
  expect(Buffer.concat(parts).toString('utf8')).toBe('data: ✓');
});
