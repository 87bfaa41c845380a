/* SPDX-License-Identifier: Apache-2.0 */
/* passwd(5), shadow(5) and group(5) of an image. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_COUNT_MAX 9

/* The fields of a line, each printable; those that are not there are "". */
static void split(struct wb_audit *audit, const struct wb_text_line *line,
                  const char *fields[FIELD_COUNT_MAX])
{
    const char *at = line->text, *end = line->text + line->size;
    for (size_t i = 0; i < FIELD_COUNT_MAX; i++) {
        const char *colon = at < end ? memchr(at, ':', (size_t)(end - at)) : NULL;
        size_t size = at >= end ? 0 : (size_t)((colon == NULL ? end : colon) - at);
        fields[i] = size == 0 ? "" : wb_utf8_escape(audit->report.arena, at, size);
        at = colon == NULL ? end : colon + 1;
    }
}

static int64_t number_of(const char *text)
{
    int64_t value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 10; digits++)
        value = value * 10 + (text[digits] - '0');
    return digits == 0 || text[digits] != '\0' ? -1 : value;
}

/* `+` and `-` lines are for NIS. */
static bool is_entry(const struct wb_text_line *line)
{
    return line->size > 0 && strchr("#+-", line->text[0]) == NULL;
}

static void read_passwd(struct wb_audit *audit, const struct wb_bytes *content)
{
    struct wb_accounts *accounts = &audit->accounts;
    struct wb_text_line line = {0};
    const char *fields[FIELD_COUNT_MAX];
    for (size_t at = 0; wb_audit_next_line(content, &at, &line);) {
        if (!is_entry(&line))
            continue;
        split(audit, &line, fields);
        const struct wb_account account = {
            .name = fields[0],
            .password = fields[1],
            .uid = number_of(fields[2]),
            .gid = number_of(fields[3]),
            .home = fields[5],
            .shell = fields[6],
            .line = line.number,
        };
        WB_APPEND(accounts->accounts, accounts->count, accounts->capacity, account);
    }
}

static void read_group(struct wb_audit *audit, const struct wb_bytes *content)
{
    struct wb_accounts *accounts = &audit->accounts;
    struct wb_text_line line = {0};
    const char *fields[FIELD_COUNT_MAX];
    for (size_t at = 0; wb_audit_next_line(content, &at, &line);) {
        if (!is_entry(&line))
            continue;
        split(audit, &line, fields);
        const struct wb_account_group group = {
            .name = fields[0], .gid = number_of(fields[2]), .line = line.number};
        WB_APPEND(accounts->groups, accounts->group_count, accounts->group_capacity, group);
    }
}

static int compare_names(const void *a, const void *b)
{
    const struct wb_account *const *one = a, *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

static int compare_name(const void *key, const void *element)
{
    const struct wb_account *const *account = element;
    return strcmp(key, (*account)->name);
}

static void read_shadow(struct wb_audit *audit, const struct wb_bytes *content)
{
    struct wb_accounts *accounts = &audit->accounts;
    if (accounts->count == 0)
        return;
    struct wb_account **sorted = wb_allocate_array(accounts->count, sizeof(struct wb_account *));
    for (size_t i = 0; i < accounts->count; i++)
        sorted[i] = &accounts->accounts[i];
    qsort(sorted, accounts->count, sizeof(struct wb_account *), compare_names);
    struct wb_text_line line = {0};
    const char *fields[FIELD_COUNT_MAX];
    for (size_t at = 0; wb_audit_next_line(content, &at, &line);) {
        if (!is_entry(&line))
            continue;
        split(audit, &line, fields);
        struct wb_account **found =
            bsearch(fields[0], sorted, accounts->count, sizeof(struct wb_account *), compare_name);
        if (found != NULL)
            (*found)->shadow = fields[1];
    }
    free(sorted);
}

void wb_accounts_read(struct wb_audit *audit)
{
    const struct wb_bytes *passwd = wb_audit_content(audit, "etc/passwd");
    const struct wb_bytes *group = wb_audit_content(audit, "etc/group");
    audit->accounts.has_passwd = passwd != NULL;
    audit->accounts.has_group = group != NULL;
    read_passwd(audit, passwd);
    read_group(audit, group);
    read_shadow(audit, wb_audit_content(audit, "etc/shadow"));
}

void wb_accounts_clear(struct wb_accounts *accounts)
{
    free(accounts->accounts);
    free(accounts->groups);
    *accounts = (struct wb_accounts){0};
}

const struct wb_account *wb_account_find(const struct wb_accounts *accounts, const char *name)
{
    for (size_t i = 0; i < accounts->count; i++)
        if (strcmp(accounts->accounts[i].name, name) == 0)
            return &accounts->accounts[i];
    return NULL;
}

bool wb_account_has_shell(const struct wb_account *account)
{
    static const char *const none[] = {"nologin", "false", "true", "sync", "shutdown", "halt"};
    const char *slash = strrchr(account->shell, '/');
    const char *name = slash == NULL ? account->shell : slash + 1;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (strcmp(name, none[i]) == 0)
            return false;
    /* An empty field stands for /bin/sh (passwd(5)). */
    return true;
}

int64_t wb_audit_user(const struct wb_audit *audit, const struct wb_account **account)
{
    const char *user = audit->view->bom->image->settings.user;
    *account = NULL;
    if (user == NULL || user[0] == '\0')
        return 0;
    WB_AUTO_STRING name = wb_string_format("%.*s", (int)strcspn(user, ":"), user);
    const struct wb_accounts *accounts = &audit->accounts;
    *account = wb_account_find(accounts, name);
    if (*account != NULL)
        return (*account)->uid;
    int64_t uid = name[0] == '\0' ? 0 : number_of(name);
    for (size_t i = 0; i < accounts->count && *account == NULL && uid >= 0; i++)
        if (accounts->accounts[i].uid == uid)
            *account = &accounts->accounts[i];
    return uid < 0 && strcmp(name, "root") == 0 ? 0 : uid;
}
