/* SPDX-License-Identifier: Apache-2.0 */
/* Which files the checks want to read, beside those of the package readers. */
#include "audit/audit_private.h"

/* Several thousand times what they have anywhere. */
#define KEPT_MAX ((size_t)4 << 20)

static const char *const kept_paths[] = {
    "etc/passwd",
    "etc/shadow",
    "etc/group",
    "etc/sudoers",
    "etc/sudoers.d/*",
    "etc/doas.conf",
    "etc/doas.d/*",
    "etc/fstab",
    "etc/sysctl.conf",
    "etc/sysctl.d/*",
    "usr/lib/sysctl.d/*",
    "usr/local/lib/sysctl.d/*",
    "run/sysctl.d/*",
    "lib/sysctl.d/*",
    "etc/crontab",
    "etc/ld.so.preload",
    "etc/ld.so.conf",
    "etc/ld.so.conf.d/*",
    "etc/modules",
    "etc/modules-load.d/*",
    "etc/apt/sources.list",
    "etc/apt/sources.list.d/*",
    "etc/apt/apt.conf",
    "etc/apt/apt.conf.d/*",
    "etc/yum.conf",
    "etc/dnf/dnf.conf",
    "etc/yum.repos.d/*",
    "etc/zypp/repos.d/*",
    "etc/ssl/openssl.cnf",
    "etc/pki/tls/openssl.cnf",
    "etc/crypto-policies/config",
    "etc/login.defs",
};

size_t wb_audit_keep(const char *path)
{
    size_t wanted = wb_sbom_keep(path);
    for (size_t i = 0; wanted == 0 && i < sizeof kept_paths / sizeof kept_paths[0]; i++)
        if (wb_audit_path_matches(kept_paths[i], path))
            wanted = KEPT_MAX;
    return wanted;
}
