import { expect, test } from 'vitest';
import { compact } from '../../src/agent/compact.ts';
import type { Message } from '../../src/models/types.ts';

const start: Message[] = [
  { role: 'system', content: 'system' },
  { role: 'user', content: [{ type: 'text', text: 'the task' }] },
];

function turn(number: number, resultLength: number): Message[] {
  const toolCallId = `call-${number}`;
  const value = `result ${number} ${'x'.repeat(resultLength)}`;
  return [
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm', providerOptions: { anthropic: { signature: `signature-${number}` } } },
        { type: 'tool-call', toolCallId, toolName: 'read', input: { path: `file-${number}` } },
      ],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId, toolName: 'read', output: { type: 'text', value } }],
    },
  ];
}

function conversation(turns: number, resultLength: number): Message[] {
  return [...start, ...Array.from({ length: turns }, (_, n) => turn(n, resultLength)).flat()];
}

test('system prompt and task stay, the rest becomes a digest with the newest results', () => {
  const after = compact(conversation(10, 4000))!;
  expect(after.messages.slice(0, 2)).toEqual(start);
  expect(after.messages).toHaveLength(3);
  const text = JSON.stringify(after.messages[2]);
  expect(text).toContain('file-0');
  expect(text).toContain('result 9 xxx');
  expect(text).not.toContain('result 0 xxx');
  expect(after.droppedBytes).toBeGreaterThan(20_000);
});

test('no signed thinking is left behind a changed prefix', () => {
  const after = compact(conversation(10, 4000))!;
  expect(JSON.stringify(after.messages)).not.toContain('signature');
});

test('it can be done again and again, always shorter', () => {
  let messages = conversation(40, 3000);
  for (let round = 0; round < 3; round += 1) {
    const after = compact([...messages, ...turn(100 + round, 5000)])!;
    expect(JSON.stringify(after.messages).length).toBeLessThan(40_000);
    messages = after.messages;
  }
  expect(JSON.stringify(messages)).toContain('file-102');
});

test('a conversation with nothing to drop is left alone', () => {
  expect(compact(start)).toBeNull();
});
