/** Writes docs/events.schema.json, the form of each line of `--json`, from the schemas in src/ledger/events.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { eventSchema } from '../src/ledger/events.ts';

/** The published file's text. */
export function eventsSchemaText(): string {
  const schema = z.toJSONSchema(eventSchema, { target: 'draft-2020-12', io: 'output' });
  const about = {
    title: 'An event of the Parlay ledger',
    description:
      'One line of `parlay run --json`. Times are milliseconds since the epoch, durations milliseconds, sizes bytes, money US dollars; blob keys are SHA-256 in hexadecimal.',
  };
  const { $schema, ...rest } = schema;
  return `${JSON.stringify({ $schema, ...about, ...rest }, null, 2)}\n`;
}

if (import.meta.main) {
  writeFileSync(join(import.meta.dirname, '..', 'docs', 'events.schema.json'), eventsSchemaText());
  console.log('docs/events.schema.json is up to date.');
}
