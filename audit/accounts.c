/* SPDX-License-Identifier: Apache-2.0 */
/* passwd(5), shadow(5) and group(5) of an image. */
#include "audit/audit_private.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_COUNT_MAX 9
#define ID_MAX INT64_C(0xffffffff)

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

/* C libraries and runtimes allow blanks, a sign and zeros in front; -1: it is no id. */
static int64_t id_of(const char *text)
{
    int64_t value = 0;
    text += strspn(text, " \t");
    bool negative = text[0] == '-';
    text += text[0] == '-' || text[0] == '+';
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && value <= ID_MAX; at++)
        value = value * 10 + (*at - '0');
    return at == text || *at != '\0' || value > ID_MAX || (negative && value > 0) ? -1 : value;
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
            .uid = id_of(fields[2]),
            .gid = id_of(fields[3]),
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
            .name = fields[0], .gid = id_of(fields[2]), .line = line.number};
        WB_APPEND(accounts->groups, accounts->group_count, accounts->group_capacity, group);
    }
}

static int compare_names(const void *a, const void *b)
{
    const struct wb_account *const *one = a, *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

/* Of several lines with one name the first counts. */
static void set_shadow(struct wb_account **sorted, size_t count, const char *name,
                       const char *password)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(sorted[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* Those of one name got theirs together. */
    if (low == count || sorted[low]->shadow != NULL)
        return;
    for (; low < count && strcmp(sorted[low]->name, name) == 0; low++)
        sorted[low]->shadow = password;
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
        set_shadow(sorted, accounts->count, fields[0], fields[1]);
    }
    free(sorted);
}

/* A link to a file that is nowhere else read is there all the same, for whoever logs in. */
static const struct wb_bytes *content_of(struct wb_audit *audit, const char *path)
{
    const struct wb_bytes *content = wb_audit_content(audit, path);
    if (content == NULL && audit->accounts.unread == NULL && wb_audit_is_unread(audit, path))
        audit->accounts.unread = path;
    return content;
}

void wb_accounts_read(struct wb_audit *audit)
{
    const struct wb_bytes *passwd = content_of(audit, "etc/passwd");
    const struct wb_bytes *group = content_of(audit, "etc/group");
    audit->accounts.has_passwd = passwd != NULL;
    audit->accounts.has_group = group != NULL;
    read_passwd(audit, passwd);
    read_group(audit, group);
    read_shadow(audit, content_of(audit, "etc/shadow"));
}

bool wb_accounts_known(struct wb_audit *audit, enum wb_audit_state *state)
{
    const struct wb_accounts *accounts = &audit->accounts;
    *state = WB_AUDIT_NOT_APPLICABLE;
    if (accounts->unread != NULL)
        *state = wb_audit_inconclusive(audit, "/%s is behind a link, and was not read",
                                       accounts->unread);
    return accounts->unread == NULL && accounts->has_passwd;
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
    static const char *const none[] = {"bin/nologin",  "bin/false", "bin/true", "bin/sync",
                                       "bin/shutdown", "bin/halt",  "dev/null"};
    static const char *const places[] = {"/", "/s", "/usr/", "/usr/s"};
    /* In other directories a program may be called anything. */
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        size_t size = strlen(places[i]);
        if (strncmp(account->shell, places[i], size) != 0)
            continue;
        for (size_t j = 0; j < sizeof none / sizeof none[0]; j++)
            if (strcmp(account->shell + size, none[j]) == 0)
                return false;
    }
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
    /* Runtimes take a number for a uid, whatever accounts are called. */
    int64_t uid = name[0] == '\0' ? 0 : id_of(name);
    if (uid < 0) {
        *account = wb_account_find(accounts, name);
        if (*account != NULL) /* what is no uid is 0 for them */
            return (*account)->uid < 0 ? 0 : (*account)->uid;
        return strcmp(name, "root") == 0 ? 0 : -1;
    }
    for (size_t i = 0; i < accounts->count && *account == NULL; i++)
        if (accounts->accounts[i].uid == uid)
            *account = &accounts->accounts[i];
    return uid;
}
