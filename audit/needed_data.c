/* SPDX-License-Identifier: Apache-2.0 */
/* What programs load without saying so: modules, certificates, time zones, locales. docs/audit.md
 * has the table. */
#include "audit/unneeded_private.h"

#include <string.h>

enum trigger {
    TRIGGER_ALWAYS,
    TRIGGER_LIBRARY,   /* a needed package or program has a file whose name begins so */
    TRIGGER_STATIC,    /* a program that links nothing brings its libraries along */
    TRIGGER_TIME_ZONE, /* TZ, or /etc/localtime, leads there */
    TRIGGER_LOCALE,    /* LANG or LC_* names another than C and POSIX */
};

struct loaded_by_name {
    enum trigger trigger;
    const char *library;
    const char *pattern;
};

static const struct loaded_by_name loaded_by_name[] = {
    /* What every container is expected to have, and the links that lead to the linker. */
    {TRIGGER_ALWAYS, NULL, "etc/os-release"},
    {TRIGGER_ALWAYS, NULL, "usr/lib/os-release"},
    {TRIGGER_ALWAYS, NULL, "etc/passwd"},
    {TRIGGER_ALWAYS, NULL, "etc/group"},
    {TRIGGER_ALWAYS, NULL, "etc/nsswitch.conf"},
    {TRIGGER_ALWAYS, NULL, "etc/ld.so.conf"},
    {TRIGGER_ALWAYS, NULL, "bin"},
    {TRIGGER_ALWAYS, NULL, "sbin"},
    {TRIGGER_ALWAYS, NULL, "lib"},
    {TRIGGER_ALWAYS, NULL, "lib64"},
    {TRIGGER_ALWAYS, NULL, "lib32"},
    /* NSS: users, hosts, services. */
    {TRIGGER_LIBRARY, "libc.so.6", "**/libnss_*.so*"},
    {TRIGGER_LIBRARY, "libc.so.6", "etc/services"},
    {TRIGGER_LIBRARY, "libc.so.6", "etc/protocols"},
    {TRIGGER_STATIC, NULL, "etc/services"},
    {TRIGGER_STATIC, NULL, "etc/protocols"},
    /* Certificates. */
    {TRIGGER_LIBRARY, "libssl.so", "usr/share/ca-certificates/**"},
    {TRIGGER_LIBRARY, "libssl.so", "etc/pki/**"},
    {TRIGGER_LIBRARY, "libssl.so", "usr/share/pki/**"},
    {TRIGGER_LIBRARY, "libgnutls.so", "usr/share/ca-certificates/**"},
    {TRIGGER_LIBRARY, "libgnutls.so", "etc/pki/**"},
    {TRIGGER_LIBRARY, "libgnutls.so", "usr/share/pki/**"},
    {TRIGGER_LIBRARY, "libnss3.so", "usr/share/ca-certificates/**"},
    {TRIGGER_LIBRARY, "libnss3.so", "etc/pki/**"},
    {TRIGGER_LIBRARY, "libmbedtls.so", "usr/share/ca-certificates/**"},
    {TRIGGER_LIBRARY, "libmbedtls.so", "etc/pki/**"},
    {TRIGGER_LIBRARY, "libjvm.so", "usr/share/ca-certificates/**"},
    {TRIGGER_LIBRARY, "libjvm.so", "etc/pki/**"},
    {TRIGGER_STATIC, NULL, "usr/share/ca-certificates/**"},
    {TRIGGER_STATIC, NULL, "etc/pki/**"},
    {TRIGGER_TIME_ZONE, NULL, "usr/share/zoneinfo/**"},
    {TRIGGER_LOCALE, NULL, "usr/lib/locale/**"},
    {TRIGGER_LOCALE, NULL, "usr/share/i18n/**"},
    /* Modules of libraries. */
    {TRIGGER_LIBRARY, "libcrypto.so", "**/ossl-modules/**"},
    {TRIGGER_LIBRARY, "libcrypto.so", "**/engines-3/**"},
    {TRIGGER_LIBRARY, "libpam.so", "**/security/**"},
    {TRIGGER_LIBRARY, "libsasl2.so", "**/sasl2/**"},
    {TRIGGER_LIBRARY, "libkrb5.so", "**/krb5/plugins/**"},
    {TRIGGER_LIBRARY, "libp11-kit.so", "**/pkcs11/**"},
    {TRIGGER_LIBRARY, "libxtables.so", "**/xtables/**"},
    {TRIGGER_LIBRARY, "libgio-2.0.so", "**/gio/modules/**"},
    {TRIGGER_LIBRARY, "libgdk_pixbuf", "**/gdk-pixbuf-2.0/**"},
    {TRIGGER_LIBRARY, "libmagic.so", "**/misc/magic.mgc"},
};
#define ROW_COUNT (sizeof loaded_by_name / sizeof loaded_by_name[0])

static bool has_library(const struct needs *needs, const char *beginning)
{
    const struct wb_audit *audit = needs->audit;
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_package *owner = audit->files[i].owner;
        bool is_needed = needs->files[i].is_needed || needs_owner(needs, owner);
        if (is_needed && wb_text_starts_with(audit->files[i].node->name, beginning))
            return true;
    }
    return false;
}

static bool has_time_zone(struct needs *needs)
{
    const char *stated = needs_environment(needs, "TZ");
    if (stated != NULL && stated[0] != '\0')
        return true;
    size_t file = needs_find(needs, "etc/localtime");
    return file != SIZE_MAX &&
           wb_text_starts_with(needs->audit->files[file].path, "usr/share/zoneinfo/");
}

static bool has_locale(const struct needs *needs)
{
    static const char *const names[] = {"LC_ALL", "LANG", "LC_CTYPE", "LC_COLLATE", "LC_MESSAGES"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = needs_environment(needs, names[i]);
        if (value != NULL && value[0] != '\0' && strcmp(value, "C") != 0 &&
            strcmp(value, "POSIX") != 0)
            return true;
    }
    return false;
}

static bool is_triggered(struct needs *needs, const struct loaded_by_name *row)
{
    switch (row->trigger) {
    case TRIGGER_ALWAYS:
        return true;
    case TRIGGER_LIBRARY:
        return has_library(needs, row->library);
    case TRIGGER_STATIC:
        return needs->has_static_program;
    case TRIGGER_TIME_ZONE:
        return has_time_zone(needs);
    case TRIGGER_LOCALE:
        return has_locale(needs);
    }
    return false;
}

static void need_matching(struct needs *needs, const char *pattern)
{
    const struct wb_audit *audit = needs->audit;
    for (size_t i = 0; i < audit->file_count; i++)
        if (audit->files[i].node->entry->kind != WB_ENTRY_DIRECTORY &&
            wb_audit_path_matches(pattern, audit->files[i].path))
            needs_file(needs, i, NULL);
}

void needs_data(struct needs *needs)
{
    bool done[ROW_COUNT] = {false};
    for (bool grew = true; grew;) {
        grew = false;
        needs_follow(needs);
        needs_dependencies(needs);
        for (size_t i = 0; i < ROW_COUNT; i++) {
            if (done[i] || !is_triggered(needs, &loaded_by_name[i]))
                continue;
            done[i] = grew = true;
            need_matching(needs, loaded_by_name[i].pattern);
        }
    }
}
