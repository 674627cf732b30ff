import { expect, test } from 'vitest';
import { BrokenStream, readFailure, SilentStream } from '../../src/models/failures.ts';
import { Patience } from '../../src/models/patience.ts';
import type { Effects } from '../../src/system/effects.ts';

test('without a setting, trying again ends after a minute', () => {
  let elapsed = 0;
  const effects = { elapsed: () => elapsed, random: () => 1, environment: {} } as unknown as Effects;
  const patience = new Patience({ effects });
  const failure = { kind: 'unavailable', detail: 'HTTP 500', retry: true } as const;
  for (let tries = 0; tries < 100; tries += 1) {
    const { stop, waitMs } = patience.next(failure, 0);
    if (stop) break;
    elapsed += waitMs ?? 0;
  }
  expect(elapsed).toBe(60_000);
});

test('a stream that fell silent is given longer the next time, one that broke is not', () => {
  const effects = { elapsed: () => 0, random: () => 0, environment: {} } as unknown as Effects;
  const patience = new Patience({ effects });
  patience.next(readFailure(new BrokenStream('cut'), { sent: true }, 0), 0);
  expect(patience.silences).toBe(0);
  patience.next(readFailure(new SilentStream('silent'), { sent: true }, 0), 0);
  expect(patience.silences).toBe(1);
});
