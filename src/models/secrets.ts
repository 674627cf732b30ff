import type { Effects } from '../system/effects.ts';

/** Names of environment variables that hold something secret. */
const secretName = /(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH)/i;
/** Values shorter than this are flags and numbers, and replacing them would garble ordinary text. */
const shortestSecret = 8;

/** Credentials recognised by their form, for those that come from elsewhere than the environment. */
const secretForms: readonly RegExp[] = [
  /\bsk-[A-Za-z0-9_-]{16,}/g,
  /\bAIza[A-Za-z0-9_-]{30,}/g,
  /\b(?:gsk|xai|pplx|hf|ghp|gho|github_pat)[_-][A-Za-z0-9_-]{16,}/g,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g,
];
const authorisation = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;
const inAddress = /(\/\/)[^\s/:@]+:[^\s/@]+@/g;
const inQuery = /([?&](?:key|api[-_]?key|access_token|token|sig|signature)=)[^&\s"']+/gi;

/**
 * Takes every credential out of a text before it is shown or recorded: values of secret environment variables, and
 * anything that has the form of a key, a token or a password in an address.
 */
export function redact(text: string, effects: Pick<Effects, 'environment'>): string {
  let clean = text;
  for (const secret of environmentSecrets(effects.environment)) clean = clean.replaceAll(secret, '[redacted]');
  for (const form of secretForms) clean = clean.replace(form, '[redacted]');
  return clean
    .replace(authorisation, '$1 [redacted]')
    .replace(inAddress, '$1[redacted]@')
    .replace(inQuery, '$1[redacted]');
}

function environmentSecrets(environment: Effects['environment']): string[] {
  const secrets: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!value || value.length < shortestSecret || !secretName.test(name)) continue;
    // A path such as SSH_AUTH_SOCK or GOOGLE_APPLICATION_CREDENTIALS is no secret and belongs in the message.
    if (value.startsWith('/') || /^https?:\/\/[^@]*$/.test(value)) continue;
    secrets.push(value);
    const escaped = encodeURIComponent(value);
    if (escaped !== value) secrets.push(escaped);
  }
  return secrets.sort((one, other) => other.length - one.length);
}
