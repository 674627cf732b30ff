import type { TestRunner } from '../types.ts';
import { command } from './command.ts';
import { jest } from './jest.ts';
import { mocha } from './mocha.ts';
import { nodeTest } from './node-test.ts';
import { pytest } from './pytest.ts';
import { unittest } from './unittest.ts';
import { vitest } from './vitest.ts';

/** Every runner Parlay can read, tried in this order; `command` takes what is left. */
export const runners: readonly TestRunner[] = [vitest, jest, mocha, nodeTest, pytest, unittest, command];
