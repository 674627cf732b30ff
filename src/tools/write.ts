import * as z from 'zod/mini';
import { defineTool, failure } from './define.ts';
import { fingerprint, insidePath, isBinary, largestFile } from './files.ts';
import { byteCount, count, countLines } from './output.ts';

const input = z.strictObject({ path: z.string().check(z.minLength(1)), content: z.string() });

export const write = defineTool<z.infer<typeof input>>({
  name: 'write',
  description:
    'Create a file and its folders, or replace all of a file, with exactly this content. To change part of one use edit.',
  input,
  example: { path: 'src/date.ts', content: 'export const day = 86_400_000;\n' },
  readOnly: false,
  run: async ({ path, content }, context) => {
    const inside = insidePath(path, context);
    if (typeof inside !== 'string') return inside;
    const { files } = context.workspace;
    const stat = await files.stat(inside);
    if (stat?.kind === 'folder') return failure(`${inside} is a folder: give the path of a file in it.`);
    if (stat?.kind === 'other') return failure(`${inside} is not an ordinary file (a pipe, socket or device).`);
    const before = stat && stat.size <= largestFile ? await files.read(inside) : null;
    const bytes = Buffer.from(content);
    await files.write(inside, bytes);
    context.seen.set(inside, fingerprint(bytes));
    const now = count(countLines(content), 'line');
    if (!stat) return { ok: true, text: `Created ${inside}: ${now}.`, summary: `${inside}, ${now}` };
    if (before?.equals(bytes)) {
      return {
        ok: true,
        text: `${inside} already had exactly this content (${now}).`,
        summary: `${inside}, unchanged`,
      };
    }
    const was = before && !isBinary(before) ? count(countLines(before.toString()), 'line') : byteCount(stat.size);
    return { ok: true, text: `Overwrote ${inside}: ${was} replaced by ${now}.`, summary: `${inside}, ${now}` };
  },
});
