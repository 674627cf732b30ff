import { describe, expect, it } from 'vitest';
import { cacheBreakpoints } from '../../src/models/caching.ts';
import { handOver, writtenBy } from '../../src/models/thinking.ts';
import type { Message } from '../../src/models/types.ts';

const history: Message[] = [
  { role: 'system', content: 'You mend.' },
  { role: 'user', content: [{ type: 'text', text: 'Do it.' }] },
  writtenBy('anthropic/a', [
    { type: 'reasoning', text: 'Secret.', providerOptions: { anthropic: { signature: 's' } } },
    { type: 'tool-call', toolCallId: '1', toolName: 'read', input: {}, providerOptions: { anthropic: { caller: {} } } },
  ]),
  {
    role: 'tool',
    content: [{ type: 'tool-result', toolCallId: '1', toolName: 'read', output: { type: 'text', value: 'x' } }],
  },
];

describe('handOver', () => {
  it('leaves out what only another model can read, and says so', () => {
    const { messages, notice } = handOver(history, 'openai/b');
    expect(notice).toMatch(/thinking of anthropic\/a/);
    expect(JSON.stringify(messages)).not.toMatch(/Secret|signature|caller/);
    expect(messages[2]!.content).toMatchObject([{ type: 'tool-call', toolCallId: '1' }]);
  });

  it('changes nothing for the model that wrote it, also after a switch and back', () => {
    handOver(history, 'openai/b');
    expect(handOver(history, 'anthropic/a')).toEqual({ messages: history });
  });

  it('leaves the place of a turn of nothing but thinking', () => {
    const { messages } = handOver([writtenBy('a/b', [{ type: 'reasoning', text: 'Hm.' }])], 'c/d');
    expect(messages[0]!.content).toHaveLength(1);
  });
});

describe('cacheBreakpoints', () => {
  const marked = (messages: readonly Message[]) =>
    cacheBreakpoints(messages, [{ type: 'function', name: 'read', inputSchema: {} }]);
  const plain = (value: unknown) =>
    JSON.stringify(value, (key, inner) => (key === 'providerOptions' ? undefined : inner));

  it('marks at most four places, and where the request before wrote', () => {
    const next: Message[] = [...history, ...history.slice(2)];
    const count = (value: unknown) => JSON.stringify(value).split('ephemeral').length - 1;
    expect(count(marked(next))).toBe(4);
    expect(marked(next).messages[3]!.providerOptions).toEqual(marked(history).messages[3]!.providerOptions);
  });

  it('changes nothing that the model sees', () => {
    expect(plain(marked(history).messages)).toBe(plain(history));
  });
});
