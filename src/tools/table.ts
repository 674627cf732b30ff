import { edit } from './edit.ts';
import { list } from './list.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';
import { run } from './run.ts';
import { search } from './search.ts';
import { think } from './think.ts';
import type { Tool } from './types.ts';
import { write } from './write.ts';

/** Everything the built-in agent may do, in the order models are told of it. The order never changes in a session. */
export const tools: readonly Tool[] = [read, list, search, edit, write, run, think, plan];
