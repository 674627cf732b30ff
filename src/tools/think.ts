import * as z from 'zod/mini';
import { effortLevels } from '../config/effort.ts';
import { defineTool } from './define.ts';
import { cutKept } from './output.ts';

const input = z.strictObject({
  question: z.string().check(z.minLength(1)),
  effort: z.optional(z.enum(effortLevels)),
});

export const think = defineTool<z.infer<typeof input>>({
  name: 'think',
  description:
    'Ask for deeper thought on one hard question, at an effort of your choice (default high). It sees only the question: put the code and facts it needs in it. It costs money; use it when stuck.',
  input,
  example: { question: 'Why can this loop miss the last item? for (let i = 0; i < n - 1; i++) …', effort: 'high' },
  readOnly: true,
  run: async ({ question, effort = 'high' }, context) => {
    const answer = await context.think(question, effort);
    return {
      ok: true,
      text: answer.trim() === '' ? '[no answer came back]' : cutKept(answer, context),
      summary: `thought at ${effort}`,
    };
  },
});
