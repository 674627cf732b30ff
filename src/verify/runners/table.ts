import type { TestRunner } from '../types.ts';
import { cargoTest } from './cargo-test.ts';
import { command } from './command.ts';
import { goTest } from './go-test.ts';
import { gradle } from './gradle.ts';
import { jest } from './jest.ts';
import { maven } from './maven.ts';
import { mocha } from './mocha.ts';
import { nodeTest } from './node-test.ts';
import { pytest } from './pytest.ts';
import { unittest } from './unittest.ts';
import { vitest } from './vitest.ts';

/** Every runner Parlay can read, tried in this order; `command` takes what is left. */
export const runners: readonly TestRunner[] = [
  vitest,
  jest,
  mocha,
  nodeTest,
  pytest,
  unittest,
  goTest,
  cargoTest,
  maven,
  gradle,
  command,
];
