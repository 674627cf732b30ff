/**
 * Some of the conversations of a storm, in a process of their own: `node storm-process.ts <model> <conversations>`.
 * The environment says where the server is and where the state that processes share is kept.
 */

import { Ledger } from '../../src/ledger/ledger.ts';
import { LimitGuard } from '../../src/ledger/limits.ts';
import { openModel } from '../../src/models/open.ts';
import { request } from '../../src/models/request.ts';
import type { Message } from '../../src/models/types.ts';
import { realEffects } from '../../src/system/effects.ts';
import { ledgerFile } from '../../src/system/paths.ts';

const [id = '', count = '1'] = process.argv.slice(2);
const effects = realEffects();
const ledger = new Ledger(ledgerFile(effects), effects);
const limits = new LimitGuard({}, effects, effects.now());
const signal = new AbortController().signal;

async function converse(attempt: number): Promise<void> {
  const model = await openModel(id, effects);
  const history: Message[] = [{ role: 'user', content: [{ type: 'text', text: `${process.pid} ${attempt}` }] }];
  for (let step = 1; ; step += 1) {
    const cause = { run: String(process.pid), attempt, stage: 'attempt', step } as const;
    const events = request(
      { model, effort: 'low', messages: history, tools: [], signal, cause },
      { ledger, limits, effects },
    );
    for await (const event of events) {
      if (event.type === 'failed') throw new Error(event.failure.message);
      if (event.type !== 'finished') continue;
      history.push(event.message, { role: 'user', content: [{ type: 'text', text: 'Go on.' }] });
      if (JSON.stringify(event.message).includes('Done.')) return;
    }
  }
}

await Promise.all(Array.from({ length: Number(count) }, (_, attempt) => converse(attempt)));
ledger.close();
