import * as z from 'zod/mini';
import { defineTool } from './define.ts';

const input = z.strictObject({
  items: z
    .array(
      z.strictObject({
        text: z.string().check(z.minLength(1)),
        state: z.enum(['pending', 'active', 'done']),
      }),
    )
    .check(z.minLength(1), z.maxLength(50)),
});

export const plan = defineTool<z.infer<typeof input>>({
  name: 'plan',
  description: 'Show the person your checklist for work of several steps. Send all items each time, in order.',
  input,
  example: {
    items: [
      { text: 'Reproduce the failure', state: 'done' },
      { text: 'Fix the parser', state: 'active' },
    ],
  },
  readOnly: false,
  run: async ({ items }, context) => {
    context.setPlan(items);
    const done = items.filter(({ state }) => state === 'done').length;
    const text = `Plan shown: ${done} of ${items.length} done.`;
    return { ok: true, text, summary: `${done} of ${items.length} done` };
  },
});
