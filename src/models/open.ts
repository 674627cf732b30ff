import { createHash } from 'node:crypto';
import type { Effects } from '../system/effects.ts';
import { ParlayError } from '../system/errors.ts';
import { priceOf } from './prices.ts';
import { type ProviderRow, providers } from './providers/table.ts';
import { trackedFetch } from './transport.ts';
import type { OpenModel } from './types.ts';

/** The offline model: always there, costs nothing. */
export const offlineModel = 'parlay/repair';

/**
 * Makes a model ready to be asked.
 * @param id `provider/model`; the model's own name may contain slashes.
 * @throws ParlayError for an unknown provider, a missing key or address, or a package that is not installed.
 */
export async function openModel(id: string, effects: Effects): Promise<OpenModel> {
  const slash = id.indexOf('/');
  const provider = slash < 0 ? id : id.slice(0, slash);
  const modelId = slash < 0 ? '' : id.slice(slash + 1);
  const row = Object.hasOwn(providers, provider) ? providers[provider] : undefined;
  if (!row || !modelId) {
    throw new ParlayError(`"${id}" is not a model.`, {
      why: row
        ? 'The name of the model is missing.'
        : `Models are written provider/model; "${provider}" is not a provider Parlay knows.`,
      next: `Providers: ${Object.keys(providers).join(', ')}. For any other OpenAI-compatible server use openai-compatible/<model> with OPENAI_COMPATIBLE_BASE_URL.`,
    });
  }
  const key = firstSet(row.keys, effects);
  const baseUrl = addressOf(provider, row, effects);
  if (!key && row.keys.length > 0 && !row.local) {
    throw new ParlayError(`${provider} needs a key and none is set.`, {
      why: `${row.keys.join(' or ')} is not in the environment.`,
      next: `Set it, for example: export ${row.keys[0]}=…`,
    });
  }
  const { open } = await row.open();
  const opened = await open({ provider, modelId, baseUrl, key, fetch: trackedFetch(effects), effects });
  const price = priceOf(provider, modelId, row.local === true && isOwnMachine(baseUrl), effects);
  const { info, ...wire } = opened;
  return {
    ...wire,
    info: { ...price.info, ...info, id },
    price: price.atMost,
    cost: price.cost,
    rateKey: `${provider} ${baseUrl ?? ''} ${createHash('sha256')
      .update(key ?? '')
      .digest('hex')
      .slice(0, 12)}`,
    keyHint: row.keys.length > 0 ? `Check ${row.keys.join(' or ')} and that the key may use this model.` : undefined,
  };
}

/** Providers that have what they need in the environment. */
export function configuredProviders(effects: Pick<Effects, 'environment'>): string[] {
  return Object.entries(providers)
    .filter(([, row]) => firstSet(row.local ? row.addresses : row.keys, effects) !== undefined)
    .map(([name]) => name);
}

/** Whether an address is on this machine or in its own network; no address means no network at all. */
function isOwnMachine(baseUrl: string | undefined): boolean {
  if (baseUrl === undefined) return true;
  const { hostname } = new URL(baseUrl);
  return (
    /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(hostname) ||
    /\.(local|lan|internal|localhost)$/.test(hostname) ||
    !hostname.includes('.')
  );
}

/** The variable's value that comes first in `names`; empty counts as unset. */
function firstSet(names: readonly string[], effects: Pick<Effects, 'environment'>): string | undefined {
  for (const name of names) {
    const value = effects.environment[name]?.trim();
    if (value) return value;
  }
  return undefined;
}

/** The address with the version the protocol wants, however the person wrote it. */
function addressOf(provider: string, row: ProviderRow, effects: Pick<Effects, 'environment'>): string | undefined {
  const given = firstSet(row.addresses, effects);
  const text = given ?? row.address;
  if (!text) {
    // The package finds its own address from a region, a project or a resource.
    if (!row.version) return undefined;
    throw new ParlayError(`${provider} needs an address and none is set.`, {
      why: `${row.addresses.join(' or ')} is not in the environment.`,
      next: `Set it, for example: export ${row.addresses[0]}=http://127.0.0.1:8000/v1`,
    });
  }
  const withScheme = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  let url: URL;
  try {
    url = new URL(withScheme);
  } catch {
    throw new ParlayError(`The address of ${provider} is not a URL.`, {
      why: `${row.addresses.join(' or ')} holds something else.`,
      next: `Set it, for example: export ${row.addresses[0]}=${row.address ?? 'http://127.0.0.1:8000/v1'}`,
    });
  }
  // OLLAMA_HOST is often the address a server listens on rather than one to connect to.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  const path = url.pathname.replace(/\/+$/, '');
  const { version } = row;
  const versioned = /\/v\d+\w*$/.test(path);
  const add = version && !versioned && given !== undefined && (version.add === 'always' || path === '');
  return `${url.origin}${path}${add ? version.suffix : ''}`;
}
