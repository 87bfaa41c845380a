/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of accounts and their passwords. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct wb_audit_finding *add_account(struct wb_audit *audit,
                                            const struct wb_audit_check *check,
                                            const struct wb_account *account, const char *what)
{
    struct wb_audit_finding *finding =
        wb_audit_add_finding(audit, check, "etc/passwd", "account %s: %s", account->name, what);
    finding->account = account->name;
    finding->line = account->line;
    return finding;
}

static bool is_root(const struct wb_account *account)
{
    return strcmp(account->name, "root") == 0;
}

enum wb_audit_state wb_check_account_shell(struct wb_audit *audit,
                                           const struct wb_audit_check *check)
{
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state))
        return state;
    for (size_t i = 0; i < audit->accounts.count; i++) {
        const struct wb_account *account = &audit->accounts.accounts[i];
        if (!wb_account_has_shell(account))
            continue;
        WB_AUTO_STRING what = wb_string_format(
            "logs in to %s", account->shell[0] == '\0' ? "/bin/sh" : account->shell);
        struct wb_audit_finding *finding = add_account(audit, check, account, what);
        if (is_root(account))
            finding->severity = WB_AUDIT_LOW;
    }
    return wb_audit_outcome(audit);
}

static bool is_allowed(const struct wb_audit_options *options, const char *name)
{
    for (size_t i = 0; i < options->allowed_account_count; i++)
        if (strcmp(options->allowed_accounts[i], name) == 0)
            return true;
    return false;
}

static int compare_uids(const void *a, const void *b)
{
    const struct wb_account *const *one = a, *const *other = b;
    if ((*one)->uid != (*other)->uid)
        return (*one)->uid < (*other)->uid ? -1 : 1;
    return ((*one)->line > (*other)->line) - ((*one)->line < (*other)->line);
}

/* Sorted by uid, then line. To free. */
static const struct wb_account **accounts_by_uid(const struct wb_accounts *accounts)
{
    const struct wb_account **sorted =
        wb_allocate_array(accounts->count + 1, sizeof(const struct wb_account *));
    for (size_t i = 0; i < accounts->count; i++)
        sorted[i] = &accounts->accounts[i];
    qsort(sorted, accounts->count, sizeof(const struct wb_account *), compare_uids);
    return sorted;
}

static size_t first_of_uid(const struct wb_account *const *sorted, size_t count, int64_t uid)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle]->uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* One for each account, by its place: whether it owns a file. To free. */
static bool *owners_of_files(const struct wb_audit *audit)
{
    const struct wb_accounts *accounts = &audit->accounts;
    bool *owns = wb_allocate_array(accounts->count + 1, sizeof *owns);
    const struct wb_account **sorted = accounts_by_uid(accounts);
    for (size_t i = 0; i < audit->file_count; i++) {
        int64_t uid = audit->files[i].node->entry->uid;
        size_t at = first_of_uid(sorted, accounts->count, uid);
        if (at < accounts->count && sorted[at]->uid == uid)
            owns[sorted[at] - accounts->accounts] = true;
    }
    free(sorted);
    return owns;
}

enum wb_audit_state wb_check_account_unexpected(struct wb_audit *audit,
                                                const struct wb_audit_check *check)
{
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state))
        return state;
    const struct wb_account *user;
    wb_audit_user(audit, &user);
    bool *owns = owners_of_files(audit);
    for (size_t i = 0; i < audit->accounts.count; i++) {
        const struct wb_account *account = &audit->accounts.accounts[i];
        if (is_root(account) || account == user || is_allowed(audit->options, account->name))
            continue;
        WB_AUTO_STRING what = wb_string_format("uid %" PRId64 "%s", account->uid,
                                               owns[i] ? "" : ", which owns no file");
        struct wb_audit_finding *finding = add_account(audit, check, account, what);
        finding->fingerprint = account->name;
        if (wb_account_has_shell(account))
            finding->severity = WB_AUDIT_MEDIUM;
    }
    free(owns);
    return wb_audit_outcome(audit);
}

/* ---- passwords ---- */

enum password_kind {
    PASSWORD_NONE, /* locked, or elsewhere */
    PASSWORD_EMPTY,
    PASSWORD_WEAK,
    PASSWORD_STRONG,
};

/* crypt(5). */
static enum password_kind kind_of_hash(const char *hash, const char **method)
{
    static const struct {
        const char *prefix, *method;
    } weak[] = {
        {"$1$", "MD5"}, {"$3$", "NT"}, {"$md5", "Sun MD5"}, {"$sha1", "SHA-1"}, {"_", "BSDi DES"}};
    if (hash[0] == '!' || hash[0] == '*')
        return PASSWORD_NONE;
    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        if (wb_text_starts_with(hash, weak[i].prefix)) {
            *method = weak[i].method;
            return PASSWORD_WEAK;
        }
    if (hash[0] == '$')
        return PASSWORD_STRONG;
    *method = "DES";
    return strlen(hash) == 13 ? PASSWORD_WEAK : PASSWORD_NONE;
}

static enum password_kind kind_of(const struct wb_account *account, const char **method,
                                  const char **path)
{
    bool in_shadow = strcmp(account->password, "x") == 0;
    *path = in_shadow ? "etc/shadow" : "etc/passwd";
    const char *password = in_shadow ? account->shadow : account->password;
    if (password == NULL)
        return PASSWORD_NONE;
    return password[0] == '\0' ? PASSWORD_EMPTY : kind_of_hash(password, method);
}

static enum wb_audit_state check_passwords(struct wb_audit *audit,
                                           const struct wb_audit_check *check,
                                           enum password_kind wanted)
{
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state))
        return state;
    for (size_t i = 0; i < audit->accounts.count; i++) {
        const struct wb_account *account = &audit->accounts.accounts[i];
        const char *method = NULL, *path;
        if (kind_of(account, &method, &path) != wanted)
            continue;
        struct wb_audit_finding *finding =
            wanted == PASSWORD_WEAK
                ? wb_audit_add_finding(audit, check, path, "account %s: a password hashed with %s",
                                       account->name, method)
                : wb_audit_add_finding(audit, check, path, "account %s: %s", account->name,
                                       wanted == PASSWORD_EMPTY ? "no password is asked for"
                                                                : "a password is set");
        finding->account = account->name;
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_password_empty(struct wb_audit *audit,
                                            const struct wb_audit_check *check)
{
    return check_passwords(audit, check, PASSWORD_EMPTY);
}

enum wb_audit_state wb_check_password_weak(struct wb_audit *audit,
                                           const struct wb_audit_check *check)
{
    return check_passwords(audit, check, PASSWORD_WEAK);
}

enum wb_audit_state wb_check_password_set(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    return check_passwords(audit, check, PASSWORD_STRONG);
}

/* ---- ids ---- */

enum wb_audit_state wb_check_uid_zero(struct wb_audit *audit, const struct wb_audit_check *check)
{
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state))
        return state;
    for (size_t i = 0; i < audit->accounts.count; i++) {
        const struct wb_account *account = &audit->accounts.accounts[i];
        if (account->uid == 0 && !is_root(account))
            add_account(audit, check, account, "uid 0, as root has");
        else if (account->uid < 0)
            add_account(audit, check, account, "its uid is none, which runtimes take for 0");
    }
    return wb_audit_outcome(audit);
}

static int compare_gids(const void *a, const void *b)
{
    const struct wb_account_group *one = a, *other = b;
    if (one->gid != other->gid)
        return one->gid < other->gid ? -1 : 1;
    return (one->line > other->line) - (one->line < other->line);
}

static void find_duplicate_groups(struct wb_audit *audit, const struct wb_audit_check *check)
{
    const struct wb_accounts *accounts = &audit->accounts;
    struct wb_account_group *sorted = wb_allocate_array(accounts->group_count + 1, sizeof *sorted);
    for (size_t i = 0; i < accounts->group_count; i++)
        sorted[i] = accounts->groups[i];
    qsort(sorted, accounts->group_count, sizeof *sorted, compare_gids);
    for (size_t i = 1; i < accounts->group_count; i++)
        if (sorted[i].gid >= 0 && sorted[i].gid == sorted[i - 1].gid)
            wb_audit_add_finding(audit, check, "etc/group",
                                 "group %s has the gid %" PRId64 " of %s", sorted[i].name,
                                 sorted[i].gid, sorted[i - 1].name)
                ->line = sorted[i].line;
    free(sorted);
}

enum wb_audit_state wb_check_duplicate_id(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    const struct wb_accounts *accounts = &audit->accounts;
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state))
        return state;
    const struct wb_account **sorted = accounts_by_uid(accounts);
    for (size_t i = 1; i < accounts->count; i++) {
        if (sorted[i]->uid <= 0 || sorted[i]->uid != sorted[i - 1]->uid)
            continue;
        WB_AUTO_STRING what =
            wb_string_format("has the uid %" PRId64 " of %s", sorted[i]->uid, sorted[i - 1]->name);
        add_account(audit, check, sorted[i], what);
    }
    free(sorted);
    find_duplicate_groups(audit, check);
    return wb_audit_outcome(audit);
}
