import * as z from 'zod/mini';
import { defineTool, failure } from './define.ts';
import { closedFolders, insidePath, missing, shownName } from './files.ts';
import { count, cutKept } from './output.ts';
import type { ToolContext } from './types.ts';

const mostEntries = 400;
const mostInOneFolder = 150;
const deepest = 20;

const input = z.strictObject({
  path: z.optional(z.string().check(z.minLength(1))),
  depth: z.optional(z.int().check(z.minimum(1), z.maximum(deepest))),
});

interface Node {
  name: string;
  path: string;
  children: Node[];
  /** Said after the name: of a file its size, of a folder that it is not shown whole. */
  note: string;
  kind: 'file' | 'folder' | 'link' | 'other';
}

export const list = defineTool<z.infer<typeof input>>({
  name: 'list',
  description:
    'Show what is below a folder (default: the root) as a tree with sizes. depth 1: only its own entries; default: as deep as fits.',
  input,
  example: { path: 'src', depth: 2 },
  readOnly: true,
  run: async ({ path = '.', depth = deepest }, context) => {
    const inside = insidePath(path, context);
    if (typeof inside !== 'string') return inside;
    const stat = await context.workspace.files.stat(inside);
    if (stat === null) return failure(await missing(inside, context), `${inside} does not exist`);
    if (stat.kind !== 'folder') return failure(`${inside} is a file, not a folder: use read.`);
    const root: Node = { name: inside, path: inside, children: [], note: '', kind: 'folder' };
    const entries = await grow(root, depth, context);
    await weigh(root, context);
    const lines = root.children.flatMap((child) => draw(child, ''));
    if (root.note) lines.push(`[${root.note}]`);
    return {
      ok: true,
      text: lines.length ? cutKept(lines.join('\n'), context) : '[empty folder]',
      summary: `${inside}, ${count(entries, 'entry', 'entries')}`,
    };
  },
});

/** Opens folders level by level until the depth or the room is used up, so that what is left out is what is deepest. */
async function grow(root: Node, depth: number, context: ToolContext): Promise<number> {
  let entries = 0;
  let level = [root];
  for (let deep = 1; level.length > 0; deep += 1) {
    const next: Node[] = [];
    for (const node of level) {
      if (node !== root && closedFolders.has(node.name)) {
        node.note = 'not opened';
        continue;
      }
      const found = await childrenOf(node, context);
      if (found === null) continue;
      const room = node === root ? mostEntries : mostEntries - entries;
      if (found.length > 0 && (deep > depth || (node !== root && Math.min(found.length, mostInOneFolder) > room))) {
        node.note = `${found.length} inside, not opened`;
        continue;
      }
      const most = node === root ? mostEntries : mostInOneFolder;
      node.children = found.slice(0, most);
      if (found.length > most) node.note = `${found.length - most} more entries not shown`;
      entries += node.children.length;
      next.push(...node.children.filter((child) => child.kind === 'folder'));
    }
    level = next;
  }
  return entries;
}

async function childrenOf(node: Node, context: ToolContext): Promise<Node[] | null> {
  try {
    const found = await context.workspace.files.list(node.path);
    return found
      .filter(({ name }) => name !== '.git')
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, kind }) => ({
        name,
        path: node.path === '.' ? name : `${node.path}/${name}`,
        children: [],
        note: kind === 'link' ? 'link' : kind === 'other' ? 'not an ordinary file' : '',
        kind,
      }));
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    node.note = 'cannot be opened';
    return null;
  }
}

/** Notes the size of every file that is shown. */
async function weigh(node: Node, context: ToolContext): Promise<void> {
  for (const child of node.children) {
    if (child.kind === 'folder') await weigh(child, context);
    if (child.kind !== 'file') continue;
    const found = await context.workspace.files.stat(child.path).catch(() => null);
    if (found) child.note = shortSize(found.size);
  }
}

function shortSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} KB` : `${Math.round(bytes / 1_000_000)} MB`;
}

function draw(node: Node, indent: string): string[] {
  const note = node.note === '' ? '' : node.kind === 'file' ? `  ${node.note}` : `  (${node.note})`;
  return [
    `${indent}${shownName(node.name)}${node.kind === 'folder' ? '/' : ''}${note}`,
    ...node.children.flatMap((child) => draw(child, `${indent}  `)),
  ];
}
