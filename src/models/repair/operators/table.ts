import type { Operator } from '../proposal.ts';
import { accumulators } from './accumulators.ts';
import { arguments_ } from './arguments.ts';
import { arithmetic } from './arithmetic.ts';
import { bounds } from './bounds.ts';
import { branches } from './branches.ts';
import { calls } from './calls.ts';
import { comparison } from './comparison.ts';
import { conditions } from './conditions.ts';
import { constants } from './constants.ts';
import { declarations } from './declarations.ts';
import { early } from './early.ts';
import { expressions } from './expressions.ts';
import { guards } from './guards.ts';
import { mirrors } from './mirrors.ts';
import { missing } from './missing.ts';
import { reuse } from './reuse.ts';
import { statements } from './statements.ts';
import { templates } from './templates.ts';
import { text } from './text.ts';
import { variables } from './variables.ts';
import { standing, widening } from './widening.ts';

/** Every family of changes. A new one is one file and one line here. */
export const operators: readonly Operator[] = [
  comparison,
  arithmetic,
  bounds,
  conditions,
  constants,
  variables,
  calls,
  arguments_,
  accumulators,
  expressions,
  guards,
  statements,
  text,
  declarations,
  mirrors,
  missing,
  early,
  widening,
  standing,
  reuse,
  branches,
  templates,
];
