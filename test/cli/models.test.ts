import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makePlace, run } from './rig.ts';

test('models lists what is configured, shows what is sent for each effort, and updates from a file', async () => {
  const place = makePlace();
  const parlay = (...args: string[]) => run(args, { cwd: place.repository, env: place.environment });
  expect((await parlay('models')).out).toContain('No provider is configured');
  const listed = JSON.parse((await parlay('models', '--provider', 'anthropic', '--json')).out);
  expect(listed.length).toBeGreaterThan(3);
  const model = listed.find((entry: { efforts?: string[] }) => entry.efforts?.includes('high'));
  const shown = JSON.parse((await parlay('models', 'show', model.model, '--json')).out);
  expect(shown.efforts.map((row: { requested: unknown }) => row.requested)).toContain('xhigh');
  expect((await parlay('models', 'show', model.model)).out).toMatch(/^high +\S+=/m);

  const file = join(place.folder, 'prices.json');
  writeFileSync(
    file,
    JSON.stringify({ anthropic: { models: { 'claude-of-the-test': { cost: { input: 3, output: 9 } } } } }),
  );
  expect((await parlay('models', 'update', '--from', file)).out).toContain('1 new model, 0 changes');
  const after = JSON.parse((await parlay('models', '--provider', 'anthropic', '--json')).out);
  expect(after).toContainEqual(expect.objectContaining({ model: 'anthropic/claude-of-the-test' }));
  const wrong = await parlay('models', '--provider', 'antropic');
  expect(wrong).toMatchObject({ code: 2, out: '' });
});
