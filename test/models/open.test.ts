import { describe, expect, it } from 'vitest';
import { configuredProviders, openModel } from '../../src/models/open.ts';
import { redact } from '../../src/models/secrets.ts';
import { type Effects, realEffects } from '../../src/system/effects.ts';

const withFetch = (environment: Record<string, string>, seen: string[]): Effects => ({
  ...realEffects({ PARLAY_HOME: '/nonexistent', ...environment }),
  fetch: async (input) => {
    seen.push(String(input));
    return new Response('{}', { status: 500 });
  },
});

/** The address that a model posts to. */
async function address(id: string, environment: Record<string, string>): Promise<string> {
  const seen: string[] = [];
  const { model } = await openModel(id, withFetch(environment, seen));
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hello.' }] }];
  await Promise.resolve(model.doStream({ prompt })).catch(() => {});
  return seen[0]!;
}

describe('openModel', () => {
  it.each([
    [
      'anthropic/m',
      { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://127.0.0.1:1' },
      'http://127.0.0.1:1/v1/messages',
    ],
    [
      'anthropic/m',
      { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: 'http://h/anthropic/' },
      'http://h/anthropic/v1/messages',
    ],
    ['anthropic/m', { ANTHROPIC_AUTH_TOKEN: 'k', ANTHROPIC_BASE_URL: 'http://h/v1' }, 'http://h/v1/messages'],
    ['openai/gpt-5', { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://h/v1' }, 'http://h/v1/responses'],
    ['openai-chat/m', { OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://h:9' }, 'http://h:9/v1/chat/completions'],
    ['openai-compatible/a/b', { OPENAI_COMPATIBLE_BASE_URL: 'http://h/v1/' }, 'http://h/v1/chat/completions'],
    ['ollama/m', { OLLAMA_HOST: '0.0.0.0:11434' }, 'http://127.0.0.1:11434/v1/chat/completions'],
    ['deepseek/m', { DEEPSEEK_API_KEY: 'k' }, 'https://api.deepseek.com/chat/completions'],
    [
      'google/gemini-3-flash-preview',
      { GEMINI_API_KEY: 'k', GOOGLE_GEMINI_BASE_URL: 'http://h' },
      'http://h/v1beta/models/gemini-3-flash-preview:streamGenerateContent?alt=sse',
    ],
  ])('%s with %o goes to %s', async (id, environment, expected) => {
    expect(await address(id, environment)).toBe(expected);
  });

  it.each([
    ['anthropic/m', /ANTHROPIC_API_KEY/],
    ['openai/m', /OPENAI_API_KEY/],
    ['openai-compatible/m', /OPENAI_COMPATIBLE_BASE_URL/],
    ['nobody/m', /not a provider/],
    ['anthropic', /name of the model is missing/],
  ])('%s says what is missing', async (id, why) => {
    const failure = await openModel(id, realEffects({})).catch((error) => error);
    expect(`${failure.why} ${failure.next}`).toMatch(why);
  });

  it('names the command that installs a package it needs', async () => {
    const failure = await openModel('mistral/m', realEffects({ MISTRAL_API_KEY: 'k' })).catch((error) => error);
    expect(failure.next).toMatch(/npm install @ai-sdk\/mistral/);
  });

  it('knows which providers have what they need', () => {
    expect(configuredProviders(realEffects({}))).toEqual([]);
    expect(configuredProviders(realEffects({ OPENAI_API_KEY: 'k', OLLAMA_HOST: 'h', GEMINI_API_KEY: ' ' }))).toEqual([
      'openai',
      'openai-chat',
      'ollama',
    ]);
  });
});

describe('redact', () => {
  it('takes out keys wherever they stand, and leaves the rest', () => {
    const effects = realEffects({ CUSTOM_TOKEN: 'abcd-efgh-ijkl', SSH_AUTH_SOCK: '/run/agent.sock', TOKENS: '5' });
    const text = [
      'abcd-efgh-ijkl in a sentence, /run/agent.sock stays and so do 5 tokens',
      'Authorization: Bearer abcdefghijklmnop',
      'https://user:pa55word@example.com/v1?key=AIzaSyA1234567890&x=1',
      `sk-${'a1b2'.repeat(6)}`,
    ].join('\n');
    const clean = redact(text, effects);
    expect(clean).not.toMatch(/efgh|abcdefghijklmnop|pa55word|AIzaSy|a1b2/);
    expect(clean).toContain('/run/agent.sock stays and so do 5 tokens');
    expect(clean).toContain('&x=1');
  });
});
