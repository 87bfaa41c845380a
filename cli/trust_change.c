/* SPDX-License-Identifier: Apache-2.0 */
/* waybill trust init, add, revoke and sign */
#include "cli/secrets.h"
#include "cli/signing.h"
#include "cli/trusting.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_SIZE_MAX ((size_t)4 << 20)
#define DEFAULT_VALIDITY ((int64_t)365 * 86400)
#define KEYS_MAX 64

struct signing_keys {
    struct wb_key *items[KEYS_MAX];
    size_t count;
};

static void signing_keys_clear(struct signing_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        wb_key_free(keys->items[i]);
}

static bool open_keys(char *const *references, struct signing_keys *keys, struct wb_error *err)
{
    struct wb_password_source passwords = wb_password_from_user();
    size_t count = wb_options_list_count(references);
    if (count > KEYS_MAX)
        return wb_error_set(err, WB_USAGE, "more than %d keys", KEYS_MAX);
    for (; keys->count < count; keys->count++) {
        keys->items[keys->count] = wb_key_open_private(references[keys->count], &passwords, err);
        if (keys->items[keys->count] == NULL)
            return false;
    }
    return true;
}

/* ---- times ---- */

static bool read_time(const char *text, const char *option, bool *has, int64_t *time,
                      struct wb_error *err)
{
    *has = text != NULL;
    return text == NULL || wb_time_parse(text, time) ||
           wb_error_set(err, WB_USAGE, "%s %s: it is a time such as 2027-01-31T00:00:00Z", option,
                        text);
}

static bool read_times(const struct wb_trust_options *options, int64_t *issued, int64_t *expires,
                       struct wb_error *err)
{
    bool fixed, given;
    if (!wb_time_source_date_epoch(&fixed, issued, err))
        return false;
    if (!fixed)
        *issued = (int64_t)time(NULL);
    *expires = *issued + DEFAULT_VALIDITY;
    return read_time(options->expires, "--expires", &given, expires, err) &&
           (*expires > *issued ||
            wb_error_set(err, WB_USAGE, "--expires %s: that is over", options->expires));
}

/* ---- what is added ---- */

/* NAME=FILE: the name, and the file's content. */
static bool read_named(const char *text, const char *option, char **name, struct wb_buffer *content,
                       struct wb_error *err)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || equals[1] == '\0')
        return wb_error_set(err, WB_USAGE, "%s %s: it is NAME=FILE", option, text);
    *name = wb_string_format("%.*s", (int)(equals - text), text);
    return wb_read_argument(equals + 1, FILE_SIZE_MAX, content, err);
}

static bool add_key(const struct wb_trust_options *options, const char *text,
                    struct wb_trust_kit_draft *draft, struct wb_error *err)
{
    static const char *const release[] = {"release"};
    size_t roles = wb_options_list_count(options->roles);
    WB_AUTO_STRING name = NULL;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!read_named(text, "--add-key", &name, &content, err))
        return false;
    WB_AUTO(wb_key) *key = wb_key_from_public(wb_buffer_bytes(&content), err);
    if (key == NULL)
        return wb_error_context(err, "--add-key %s", text);
    struct wb_trust_kit_new_key added = {
        .name = name,
        .key = key,
        .roles = roles == 0 ? release : (const char *const *)options->roles,
        .role_count = roles == 0 ? 1 : roles,
    };
    return read_time(options->not_before, "--not-before", &added.has_not_before, &added.not_before,
                     err) &&
           read_time(options->not_after, "--not-after", &added.has_not_after, &added.not_after,
                     err) &&
           wb_trust_kit_draft_add_key(draft, &added, err);
}

static bool set_certificates(const char *text, struct wb_trust_kit_draft *draft,
                             struct wb_error *err)
{
    WB_AUTO_STRING name = NULL;
    WB_AUTO_VALUE(wb_buffer) content = {0};
    return read_named(text, "--ca", &name, &content, err) &&
           (wb_trust_kit_draft_set_certificates(draft, name, wb_buffer_bytes(&content), err) ||
            wb_error_context(err, "--ca %s", text));
}

static bool set_lists(char *const *paths, struct wb_trust_kit_draft *draft, struct wb_error *err)
{
    size_t count = wb_options_list_count(paths);
    struct wb_buffer *contents = wb_allocate_array(count + 1, sizeof *contents);
    struct wb_bytes *lists = wb_allocate_array(count + 1, sizeof *lists);
    bool good = true;
    for (size_t i = 0; i < count && good; i++) {
        good = wb_read_argument(paths[i], FILE_SIZE_MAX, &contents[i], err);
        lists[i] = wb_buffer_bytes(&contents[i]);
    }
    good = good && (count == 0 || wb_trust_kit_draft_set_lists(draft, lists, count, err));
    for (size_t i = 0; i < count; i++)
        wb_buffer_clear(&contents[i]);
    free(contents);
    free(lists);
    return good;
}

static bool set_policy(const char *path, struct wb_trust_kit_draft *draft, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (path == NULL)
        return true;
    const char *slash = strrchr(path, '/');
    WB_AUTO_STRING folder = slash == NULL ? wb_string_copy(".")
                                          : wb_string_format("%.*s", (int)(slash - path) + 1, path);
    WB_AUTO_FD directory_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return wb_read_argument(path, FILE_SIZE_MAX, &content, err) &&
           (wb_trust_kit_draft_set_policy(draft, wb_buffer_bytes(&content), directory_fd, err) ||
            wb_error_context(err, "%s", path));
}

static bool set_trusted_root(const char *path, struct wb_trust_kit_draft *draft,
                             struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) content = {0};
    return path == NULL ||
           (wb_read_argument(path, FILE_SIZE_MAX, &content, err) &&
            wb_trust_kit_draft_set_trusted_root(draft, wb_buffer_bytes(&content), err));
}

static bool change(const struct wb_trust_options *options, struct wb_trust_kit_draft *draft,
                   struct wb_error *err)
{
    if (options->threshold < 0)
        return wb_error_set(err, WB_USAGE, "--threshold %d: it is a positive number",
                            options->threshold);
    if (options->threshold > 0)
        wb_trust_kit_draft_set_threshold(draft, (unsigned)options->threshold);
    for (size_t i = 0; i < wb_options_list_count(options->removed); i++)
        if (!wb_trust_kit_draft_remove(draft, options->removed[i], err))
            return false;
    for (size_t i = 0; i < wb_options_list_count(options->new_keys); i++)
        if (!add_key(options, options->new_keys[i], draft, err))
            return false;
    for (size_t i = 0; i < wb_options_list_count(options->certificates); i++)
        if (!set_certificates(options->certificates[i], draft, err))
            return false;
    return set_lists(options->lists, draft, err) &&
           set_trusted_root(options->trusted_root, draft, err) &&
           set_policy(options->policy, draft, err) && wb_trust_revoke(options, draft, err);
}

/* ---- versions ---- */

/* Whoever signs the first one signs the second. */
static struct wb_trust_kit_draft *first_draft(const struct wb_trust_options *options,
                                              const struct signing_keys *keys, int64_t issued,
                                              int64_t expires, struct wb_error *err)
{
    static const char *const roles[] = {"kit"};
    if (options->name == NULL) {
        wb_error_set(err, WB_USAGE, "`waybill trust init` needs --name: what the kit is called");
        return NULL;
    }
    WB_AUTO(wb_trust_kit_draft) *draft = wb_trust_kit_draft_new(options->name, issued, expires);
    for (size_t i = 0; i < keys->count; i++) {
        WB_AUTO_STRING name = wb_string_format("kit-%zu", i + 1);
        const struct wb_trust_kit_new_key key = {
            .name = name, .key = keys->items[i], .roles = roles, .role_count = 1};
        if (!wb_trust_kit_draft_add_key(draft, &key, err))
            return NULL;
    }
    if (mkdir(options->folder, 0777) != 0 && errno != EEXIST) {
        wb_error_set_errno(err, errno, "%s", options->folder);
        return NULL;
    }
    WB_AUTO_STRING path = wb_trust_path(options->folder, 1, false);
    if (access(path, F_OK) == 0) {
        wb_error_set(err, WB_USAGE, "%s: there is a trust kit already", options->folder);
        return NULL;
    }
    return WB_STEAL(draft);
}

/* A key that nobody counts is a mistake, not a signature that is still missing. */
static bool check_signers(const struct signing_keys *keys, struct wb_bytes payload,
                          struct wb_bytes before, struct wb_error *err)
{
    for (size_t i = 0; i < keys->count; i++)
        if (!wb_trust_kit_may_sign(payload, keys->items[i]) &&
            (before.size == 0 || !wb_trust_kit_may_sign(before, keys->items[i])))
            return wb_error_set(
                err, WB_USAGE, "--key number %zu is none of those that sign this trust kit", i + 1);
    return true;
}

static const struct wb_trust_kit_version *newest(const struct wb_trust_kit *kit)
{
    size_t count;
    const struct wb_trust_kit_version *versions = wb_trust_kit_versions(kit, &count);
    return &versions[count - 1];
}

static bool put(const struct wb_trust_options *options, struct wb_bytes payload,
                const struct wb_dsse_envelope *envelope, const struct signing_keys *keys,
                const struct wb_trust_kit *kit, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) json = {0};
    const struct wb_bytes before = kit == NULL ? (struct wb_bytes){0} : newest(kit)->payload;
    return check_signers(keys, payload, before, err) &&
           wb_trust_kit_sign(payload, envelope, keys->items, keys->count, &json, err) &&
           wb_trust_put(options->folder, wb_buffer_bytes(&json),
                        kit == NULL ? 1 : newest(kit)->number + 1, kit, err);
}

static bool make_version(const struct wb_trust_options *options, const struct signing_keys *keys,
                         struct wb_error *err)
{
    int64_t issued, expires;
    WB_AUTO(wb_trust_kit) *kit = NULL;
    WB_AUTO(wb_trust_kit_draft) *draft = NULL;
    if (!read_times(options, &issued, &expires, err))
        return false;
    if (options->task == WB_TRUST_INIT) {
        draft = first_draft(options, keys, issued, expires, err);
    } else {
        kit = wb_trust_kit_open(options->folder, err);
        if (kit == NULL)
            return false;
        draft = wb_trust_kit_draft_after(newest(kit)->payload, issued, expires, err);
    }
    WB_AUTO_VALUE(wb_buffer) payload = {0};
    return draft != NULL && change(options, draft, err) &&
           wb_trust_kit_draft_write(draft, &payload, err) &&
           put(options, wb_buffer_bytes(&payload), NULL, keys, kit, err);
}

bool wb_trust_change(const struct wb_trust_options *options, struct wb_error *err)
{
    struct signing_keys keys = {0};
    bool good = open_keys(options->keys, &keys, err) && make_version(options, &keys, err);
    signing_keys_clear(&keys);
    return good;
}

/* ---- more signatures ---- */

static bool sign_draft(const struct wb_trust_options *options, const struct signing_keys *keys,
                       struct wb_error *err)
{
    WB_AUTO_STRING first = wb_trust_path(options->folder, 1, true);
    WB_AUTO(wb_trust_kit) *kit = NULL;
    if (access(first, F_OK) != 0) {
        kit = wb_trust_kit_open(options->folder, err);
        if (kit == NULL)
            return false;
    }
    WB_AUTO_STRING path =
        wb_trust_path(options->folder, kit == NULL ? 1 : newest(kit)->number + 1, true);
    WB_AUTO_VALUE(wb_buffer) content = {0};
    if (!wb_file_read(AT_FDCWD, path, FILE_SIZE_MAX, &content, err))
        return wb_error_context(err, "there is no draft to sign");
    WB_AUTO(wb_dsse_envelope) *envelope = wb_dsse_read(wb_buffer_bytes(&content), err);
    return envelope != NULL && put(options, envelope->payload, envelope, keys, kit, err);
}

bool wb_trust_sign(const struct wb_trust_options *options, struct wb_error *err)
{
    struct signing_keys keys = {0};
    bool good = open_keys(options->keys, &keys, err) && sign_draft(options, &keys, err);
    signing_keys_clear(&keys);
    return good;
}
