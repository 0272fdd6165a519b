import type { Rights } from './ubus.ts';

/** What the hub may do on the router, and nothing beside it: rpcd's access list, exactly as it is installed. */
const aclGroup = 'coffre-home';
const aclPath: string = `/usr/share/rpcd/acl.d/${aclGroup}.json`;
export const routerUser = 'coffre';
/** Where OpenWrt's own pages put an image. */
export const imagePath = '/tmp/firmware.bin';

/** Configurations that the hub changes; each is in every snapshot. */
export const changedConfigs: readonly string[] = ['network', 'wireless', 'dhcp', 'firewall'];
export const readConfigs: readonly string[] = [...changedConfigs, 'system'];

type Scope = readonly string[] | Readonly<Record<string, readonly string[]>>;

interface AccessList {
  readonly description: string;
  readonly read: Readonly<Record<string, Scope>>;
  readonly write: Readonly<Record<string, Scope>>;
}

const granted: AccessList = {
  description: 'The home hub of Coffre',
  read: {
    ubus: {
      system: ['board', 'info'],
      'network.interface': ['dump'],
      'network.device': ['status'],
      'luci-rpc': ['getDHCPLeases', 'getHostHints'],
      luci: ['getMountPoints'],
      uci: ['get'],
    },
    uci: readConfigs,
  },
  write: {
    'cgi-io': ['upload'],
    file: { [imagePath]: ['write'], [`/sbin/sysupgrade ${imagePath}`]: ['exec'] },
    ubus: {
      file: ['exec'],
      session: ['destroy'],
      system: ['reboot', 'validate_firmware_image'],
      uci: ['add', 'set', 'delete', 'order', 'apply', 'confirm', 'rollback'],
    },
    uci: changedConfigs,
  },
};

const aclFile: string = `${JSON.stringify({ [aclGroup]: granted }, undefined, 2)}\n`;

/** To be pasted into a shell of the router, by its owner: the hub never has the password of root. */
export function setupScript(password: string): string {
  return [
    `cat > ${aclPath} <<'EOF'`,
    `${aclFile}EOF`,
    'uci -q delete rpcd.coffre',
    'uci set rpcd.coffre=login',
    `uci set rpcd.coffre.username='${routerUser}'`,
    `uci set rpcd.coffre.password="$(uhttpd -m '${password}')"`,
    `uci add_list rpcd.coffre.read='${aclGroup}'`,
    `uci add_list rpcd.coffre.write='${aclGroup}'`,
    'uci commit rpcd',
    // Otherwise a system upgrade takes the file away.
    `grep -qxF ${aclPath} /etc/sysupgrade.conf || echo ${aclPath} >> /etc/sysupgrade.conf`,
    '/etc/init.d/rpcd restart',
    '',
  ].join('\n');
}

/** As rpcd dumps what a login may do (`rpc_session_dump_acls`): scopes as lists get the permission as function. */
function wantedRights(): ReadonlySet<string> {
  const wanted = new Set<string>([`access-group ${aclGroup} read`, `access-group ${aclGroup} write`]);
  for (const permission of ['read', 'write'] as const) {
    for (const [scope, objects] of Object.entries(granted[permission])) {
      if (isList(objects)) for (const object of objects) wanted.add(`${scope} ${object} ${permission}`);
      else for (const [object, functions] of Object.entries(objects)) addAll(wanted, scope, object, functions);
    }
  }
  return wanted;
}

function isList(scope: Scope): scope is readonly string[] {
  return Array.isArray(scope);
}

function addAll(to: Set<string>, scope: string, object: string, functions: readonly string[]): void {
  for (const each of functions) to.add(`${scope} ${object} ${each}`);
}

/** What a login has too much, and what it lacks; each as `scope object function`. */
export function compareRights(rights: Rights): {
  readonly beyond: readonly string[];
  readonly missing: readonly string[];
} {
  const has = new Set<string>();
  for (const [scope, objects] of Object.entries(rights))
    for (const [object, functions] of Object.entries(objects)) addAll(has, scope, object, functions);
  const wanted = wantedRights();
  return {
    beyond: [...has].filter((each) => !wanted.has(each)),
    missing: [...wanted].filter((each) => !has.has(each)),
  };
}
