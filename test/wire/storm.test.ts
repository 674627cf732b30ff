import { describe, expect, test } from 'vitest';
import { modelOf, Parlay, start, user } from './parlay.ts';
import { startWire } from './server.ts';
import type { Script } from './vendor.ts';
import { vendors } from './vendors.ts';

const attempts = 16;
const turns = 8;
const play: Script = ({ number }) =>
  number < turns - 1
    ? { thinking: 'Hm.', calls: [{ name: 'read', input: { path: `${number}.ts` } }] }
    : { text: 'Done.' };

/** By the real clock, since many wait side by side: nothing here asserts how long it takes. */
describe.concurrent.each(['anthropic', 'responses', 'chat', 'gemini'])('%s', (name) => {
  test('sixteen conversations under one small limit all end, with hardly a request refused', {
    timeout: 180_000,
  }, async () => {
    const server = await startWire(vendors[name]!, { script: play });
    server.misbehave({ kind: 'bucket', perSecond: 12, burst: 6 });
    const parlay = new Parlay([server], { PARLAY_RETRY_SECONDS: '60' }, {}, true);
    const histories = await Promise.all(
      Array.from({ length: attempts }, (_, attempt) =>
        parlay.converse(modelOf[name]!, [...start, user(`Attempt ${attempt}.`)], { attempt }),
      ),
    );
    expect(histories.map((history) => history.length)).toEqual(histories.map(() => 3 + 2 * turns - 1));
    const refused = server.seen.filter((one) => one.status === 429).length;
    expect(server.seen.length - refused, 'nothing is asked twice').toBe(attempts * turns);
    expect(refused / server.seen.length, `${refused} of ${server.seen.length} refused`).toBeLessThan(0.05);
    expect(parlay.billed()).toEqual(server.totals());
    expect(parlay.tries()).toBe(server.seen.length);
    parlay.close();
    await server.close();
  });
});
