import * as z from 'zod/mini';
import { defineTool } from './define.ts';
import { cutKept } from './output.ts';

const input = z.strictObject({
  question: z.string().check(z.minLength(1)),
  effort: z.optional(z.enum(['low', 'medium', 'high', 'xhigh', 'max'])),
});

export const think = defineTool<z.infer<typeof input>>({
  name: 'think',
  description:
    'Think hard about one question, at the effort given (default high), when stuck. The answer comes from the question alone: put all the code and facts it needs in it.',
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
