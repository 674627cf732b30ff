import { type Dirent, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../system/effects.ts';
import { isWithin } from './within.ts';

/**
 * Places in the home folder that hold keys, tokens, passwords or private history. What exists of them is empty in a
 * sandbox.
 */
const homeSecrets = `
.ssh .aws .gnupg .gpg .azure .kube .docker .netrc .npmrc .yarnrc .yarnrc.yml .pypirc .git-credentials .password-store
.config/gcloud .config/gh .config/glab-cli .config/git/credentials .config/hub .config/op .config/containers
.config/google-chrome .config/chromium .config/BraveSoftware .config/microsoft-edge .config/Code .config/Cursor
.config/Slack .config/discord .config/Bitwarden .config/keybase .config/rclone .config/sops .config/doctl .config/fly
.config/heroku .config/stripe .config/github-copilot .config/goose .config/opencode .config/parlay .config/pip/pip.conf
.config/pypoetry/auth.toml .config/composer/auth.json .config/configstore .config/huggingface .config/anthropic
.config/openai .config/crush .config/zed .config/age
.local/share/keyrings .local/share/kwalletd .local/share/opencode .local/share/goose .local/share/crush
.local/share/keybase .local/share/containers .local/share/code-server .local/state/opencode
.mozilla .thunderbird .vscode-server .cursor .cursor-server .password .passwords .pki .putty .wrangler .vercel .netlify
.claude .claude.json .codex .gemini .qwen .aider.conf.yml .continue .copilot .pi .openhands .cline .amp .factory .grok
.pgpass .my.cnf .mylogin.cnf .psql_history .mysql_history .sqlite_history .rediscli_history .mongorc.js
.bash_history .zsh_history .zhistory .sh_history .ash_history .history .histfile .python_history .node_repl_history
.lesshst .viminfo .local/share/fish/fish_history .local/share/nvim/shada .local/share/zsh .local/share/recently-used.xbel
.cargo/credentials .cargo/credentials.toml .m2/settings.xml .m2/settings-security.xml .gradle/gradle.properties
.gem/credentials .bundle/config .nuget/NuGet .terraform.d .terraformrc .vault-token .boto .s3cfg .oci .snowflake .databrickscfg
.kaggle .huggingface .cache/huggingface/token .cache/huggingface/stored_tokens .cloudflared .fly .doctl .sentryclirc
.heroku .config/helm .minikube .ansible .chef .pulumi .electrum .bitcoin .ethereum .env .envrc .authinfo .authinfo.gpg
.gnome2/keyrings .local/share/gnome-keyring .step .1password .bitwarden .lastpass .mbsyncrc .msmtprc .fetchmailrc
.xauthority .Xauthority .ICEauthority .dbus .pulse-cookie .config/pulse .subversion/auth .smbcredentials .rhosts
`
  .split(/\s+/)
  .filter((name) => name !== '');

/** Places of the machine that hold keys, passwords, other people's data, or a socket that is as good as being root. */
const machineSecrets = `
/etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/security/opasswd /etc/sudoers /etc/sudoers.d /etc/ssh
/etc/ssl/private /etc/pki/tls/private /etc/letsencrypt /etc/krb5.keytab /etc/gitconfig /etc/git-credentials
/etc/environment /etc/npmrc /etc/pip.conf /etc/netrc /etc/apt/auth.conf /etc/apt/auth.conf.d /etc/docker /etc/containers
/etc/kubernetes /etc/rancher /etc/cni /etc/vault.d /etc/consul.d /etc/nomad.d /etc/openvpn /etc/wireguard /etc/ppp
/etc/ipsec.secrets /etc/ipsec.d /etc/swanctl /etc/NetworkManager/system-connections /etc/netplan /etc/wpa_supplicant
/etc/mysql/debian.cnf /etc/postfix/sasl_passwd /etc/exim4/passwd.client /etc/msmtprc /etc/sssd /etc/samba /etc/pam_ldap.secret
/etc/ldap.secret /etc/libnss-ldap.secret /etc/rsyncd.secrets /etc/smbcredentials /etc/cifs /etc/cloud
/var/lib/docker /var/lib/containerd /var/lib/containers /var/lib/kubelet /var/lib/rancher /var/lib/etcd /var/lib/lxd
/var/lib/incus /var/lib/libvirt /var/lib/postgresql /var/lib/mysql /var/lib/mongodb /var/lib/redis /var/lib/jenkins
/var/lib/gitlab-runner /var/lib/vault /var/lib/private /var/lib/cloud /var/lib/waagent /var/lib/amazon /var/lib/NetworkManager
/var/lib/iwd /var/lib/bluetooth /var/lib/sss /var/lib/samba /var/lib/tailscale /var/lib/systemd /var/lib/krb5kdc
/var/lib/acme /var/lib/grafana /var/lib/tor /var/snap/lxd /var/spool/cron /var/spool/mail /var/mail /var/backups
/var/log /var/run
`
  .split(/\s+/)
  .filter((path) => path !== '');

/**
 * What a sandbox must not show, absolute, whether or not it is there: secrets in the person's own homes (`HOME` may have
 * been replaced, so the one of the user database counts too), other people's homes, and secret places of the machine.
 * A place that leads to a home of one's own or to a folder of `PATH`, such as that of Linuxbrew, is not hidden whole.
 */
export function secretPlaces(environment: Effects['environment']): string[] {
  const own = ownHomes(environment);
  const needed = [...own, ...(environment.PATH ?? '').split(':').filter((path) => path.startsWith('/'))].map(real);
  const isNeeded = (path: string) => {
    const place = real(path);
    return needed.some((each) => isWithin(each, place));
  };
  const others = otherHomes().filter((path) => !own.includes(real(path)));
  const opened = [...own, ...others.filter(isNeeded)];
  return [
    ...opened.flatMap((home) => homeSecrets.map((name) => join(home, name))),
    ...others.filter((path) => !isNeeded(path)),
    ...machineSecrets.filter((path) => !isNeeded(path)),
  ];
}

function ownHomes(environment: Effects['environment']): string[] {
  const homes = environment.HOME ? [environment.HOME] : [];
  try {
    homes.push(userInfo().homedir);
  } catch {
    // A container may run as a user without a name or a home.
  }
  return [...new Set(homes.filter((path) => path.startsWith('/')).map(real))];
}

/** Homes where they usually are, and where the user database says people's are. */
function otherHomes(): string[] {
  const homes = ['/root'];
  try {
    homes.push(...readdirSync('/home', { withFileTypes: true }).map((entry: Dirent) => join('/home', entry.name)));
  } catch {
    // There is no /home.
  }
  try {
    for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
      const [, , user = '', , , home = ''] = line.split(':');
      const isPerson = Number(user) >= 1000 && Number(user) < 60_000;
      if (isPerson && home.startsWith('/') && home.split('/').length > 2) homes.push(home);
    }
  } catch {
    // There is no list of users.
  }
  return [...new Set(homes)];
}

function real(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
