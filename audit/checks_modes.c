/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of permission bits, owners and capabilities. */
#include "audit/audit_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SETUID_BITS 06000u
#define WORLD_WRITABLE 0002u
#define STICKY 01000u

static bool is_setuid(const struct wb_entry *entry)
{
    /* On a directory SGID only says whose new files are. */
    return entry != NULL && entry->kind == WB_ENTRY_REGULAR && (entry->mode & SETUID_BITS) != 0;
}

static const char *setuid_words(uint32_t mode)
{
    switch (mode & SETUID_BITS) {
    case 04000:
        return "SUID";
    case 02000:
        return "SGID";
    default:
        return "SUID and SGID";
    }
}

enum wb_audit_state wb_check_setuid_file(struct wb_audit *audit, const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (is_setuid(entry))
            wb_audit_add_finding(audit, check, file->path, "%s, mode %04o, uid %u, gid %u",
                                 setuid_words(entry->mode), entry->mode, entry->uid, entry->gid);
    }
    for (size_t i = 0; i < audit->view->bom->layer_count; i++) {
        const struct wb_layer *layer = audit->view->layers[i];
        for (size_t j = 0; j < layer->entry_count; j++) {
            const struct wb_entry *entry = &layer->entries[j];
            if (!is_setuid(entry) || !wb_audit_is_hidden(audit, entry))
                continue;
            wb_audit_add_hidden(audit, check, entry, i, "%s, mode %04o", setuid_words(entry->mode),
                                entry->mode)
                ->severity = WB_AUDIT_LOW;
        }
    }
    return wb_audit_outcome(audit);
}

/* What the package database says the mode is; 0: nothing. */
static uint32_t stated_mode(const struct wb_package *package, const char *path)
{
    for (size_t i = 0; package != NULL && i < package->owned_file_count; i++) {
        const struct wb_owned_file *owned = &package->owned_files[i];
        if (owned->has_mode && strcmp(owned->path + (owned->path[0] == '/'), path) == 0)
            return owned->mode;
    }
    return 0;
}

/* Whether an earlier layer had the same file without the bits. */
static bool was_without(const struct wb_audit *audit, const struct wb_audit_file *file)
{
    const struct wb_layer_span *span = &file->node->span;
    for (int i = 0; i < span->changed; i++) {
        const struct wb_layer *layer = audit->view->layers[i];
        for (size_t j = 0; j < layer->entry_count; j++)
            if (layer->entries[j].kind == WB_ENTRY_REGULAR &&
                (layer->entries[j].mode & SETUID_BITS) == 0 &&
                strcmp(layer->entries[j].path, file->path) == 0)
                return true;
    }
    return false;
}

/* Few files of an image are SUID: each may be looked for in all layers, and in its package. */
#define LOOKED_FOR_MAX 256

enum wb_audit_state wb_check_setuid_added(struct wb_audit *audit,
                                          const struct wb_audit_check *check)
{
    size_t looked_for = 0;
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (!is_setuid(entry))
            continue;
        bool few = looked_for++ < LOOKED_FOR_MAX;
        uint32_t stated = few ? stated_mode(file->owner, file->path) : 0;
        if (file->owner == NULL && audit->view->bom->package_count > 0)
            wb_audit_add_finding(audit, check, file->path, "%s, and of no package",
                                 setuid_words(entry->mode));
        else if (stated != 0 && (stated & SETUID_BITS) != (entry->mode & SETUID_BITS))
            wb_audit_add_finding(audit, check, file->path,
                                 "%s, which its package did not install it with",
                                 setuid_words(entry->mode));
        else if (few && file->node->span.changed > 0 && was_without(audit, file))
            wb_audit_add_finding(audit, check, file->path, "%s, which an earlier layer had not",
                                 setuid_words(entry->mode));
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_setuid_hard_link(struct wb_audit *audit,
                                              const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->view->bom->layer_count; i++) {
        const struct wb_layer *layer = audit->view->layers[i];
        for (size_t j = 0; j < layer->entry_count; j++) {
            const struct wb_entry *link = &layer->entries[j];
            if (link->kind != WB_ENTRY_HARDLINK)
                continue;
            const struct wb_node *node = wb_audit_lookup(audit, link->path, false);
            const struct wb_audit_file *file = node == NULL ? NULL : node->user;
            /* dpkg and rpm install some programs under two names themselves. */
            if (file != NULL && is_setuid(node->entry) && file->owner == NULL)
                wb_audit_add_finding(audit, check, link->path, "hard link to /%s, which is %s",
                                     link->link_target, setuid_words(node->entry->mode))
                    ->layer = (int)i;
        }
    }
    return wb_audit_outcome(audit);
}

/* ---- capabilities ---- */

/* linux/capability.h, by bit. */
static const char *const capability_names[] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};
#define CAPABILITY_COUNT (sizeof capability_names / sizeof capability_names[0])
#define REVISION_MASK 0xff000000u
#define EFFECTIVE 1u

struct file_capabilities {
    uint64_t permitted, inheritable;
    uint32_t root; /* the uid that is root where they hold; 0: the first namespace's */
    bool effective;
};

/* struct vfs_ns_cap_data: revision and flags, then permitted and inheritable, 32 bits at a time,
 * and from revision 3 on a uid; all little-endian. */
static bool decode_capabilities(struct wb_bytes xattr, struct file_capabilities *capabilities)
{
    uint32_t magic, words[5] = {0};
    if (!wb_bytes_u32le(xattr, 0, &magic))
        return false;
    uint32_t revision = (magic & REVISION_MASK) >> 24;
    size_t count = revision == 1 ? 2 : revision == 3 ? 5 : 4;
    for (size_t i = 0; i < count; i++)
        if (!wb_bytes_u32le(xattr, 4 + 4 * i, &words[i]))
            return false;
    *capabilities = (struct file_capabilities){
        .permitted = words[0] | (uint64_t)words[2] << 32,
        .inheritable = words[1] | (uint64_t)words[3] << 32,
        .root = words[4],
        .effective = (magic & EFFECTIVE) != 0,
    };
    return true;
}

static char *capability_text(const struct wb_bytes *xattr)
{
    struct file_capabilities found;
    if (!decode_capabilities(*xattr, &found))
        return wb_string_format("an attribute that cannot be read (%zu bytes)", xattr->size);
    struct wb_buffer text = {0};
    for (size_t i = 0; i < 64; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (((found.permitted | found.inheritable) & bit) == 0)
            continue;
        wb_buffer_append_text(&text, text.size == 0 ? "" : ", ");
        if (i < CAPABILITY_COUNT)
            wb_buffer_append_format(&text, "cap_%s", capability_names[i]);
        else
            wb_buffer_append_format(&text, "capability %zu", i);
        wb_buffer_append_format(&text, "=%s%s%s", found.effective ? "e" : "",
                                (found.inheritable & bit) != 0 ? "i" : "",
                                (found.permitted & bit) != 0 ? "p" : "");
    }
    if (text.size == 0)
        wb_buffer_append_text(&text, "none, which takes away those of root");
    if (found.root != 0)
        wb_buffer_append_format(&text, ", where root is uid %" PRIu32, found.root);
    return wb_buffer_steal_text(&text);
}

enum wb_audit_state wb_check_file_capability(struct wb_audit *audit,
                                             const struct wb_audit_check *check)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_bytes *xattr = file->node->entry->capability;
        if (xattr == NULL)
            continue;
        WB_AUTO_STRING text = capability_text(xattr);
        wb_audit_add_finding(audit, check, file->path, "%s", text);
    }
    return wb_audit_outcome(audit);
}

/* ---- who may write, and whose it is ---- */

/* `excuse` is a bit that makes it good. */
static enum wb_audit_state find_world_writable(struct wb_audit *audit,
                                               const struct wb_audit_check *check,
                                               enum wb_entry_kind kind, uint32_t excuse)
{
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (entry->kind == kind && (entry->mode & WORLD_WRITABLE) != 0 &&
            (entry->mode & excuse) == 0)
            wb_audit_add_finding(audit, check, file->path, "mode %04o", entry->mode);
    }
    return wb_audit_outcome(audit);
}

enum wb_audit_state wb_check_world_writable_file(struct wb_audit *audit,
                                                 const struct wb_audit_check *check)
{
    return find_world_writable(audit, check, WB_ENTRY_REGULAR, 0);
}

enum wb_audit_state wb_check_world_writable_directory(struct wb_audit *audit,
                                                      const struct wb_audit_check *check)
{
    return find_world_writable(audit, check, WB_ENTRY_DIRECTORY, STICKY);
}

static int compare_ids(const void *a, const void *b)
{
    const int64_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

static int64_t *sorted_uids(const struct wb_accounts *accounts)
{
    int64_t *ids = wb_allocate_array(accounts->count + 1, sizeof *ids);
    for (size_t i = 0; i < accounts->count; i++)
        ids[i] = accounts->accounts[i].uid;
    qsort(ids, accounts->count, sizeof *ids, compare_ids);
    return ids;
}

static int64_t *sorted_gids(const struct wb_accounts *accounts)
{
    int64_t *ids = wb_allocate_array(accounts->group_count + 1, sizeof *ids);
    for (size_t i = 0; i < accounts->group_count; i++)
        ids[i] = accounts->groups[i].gid;
    qsort(ids, accounts->group_count, sizeof *ids, compare_ids);
    return ids;
}

static bool has_id(const int64_t *ids, size_t count, uint32_t id)
{
    const int64_t key = id;
    return bsearch(&key, ids, count, sizeof *ids, compare_ids) != NULL;
}

enum wb_audit_state wb_check_file_without_owner(struct wb_audit *audit,
                                                const struct wb_audit_check *check)
{
    const struct wb_accounts *accounts = &audit->accounts;
    enum wb_audit_state state;
    if (!wb_accounts_known(audit, &state) || !accounts->has_group)
        return state;
    int64_t *uids = sorted_uids(accounts), *gids = sorted_gids(accounts);
    for (size_t i = 0; i < audit->file_count; i++) {
        const struct wb_audit_file *file = &audit->files[i];
        const struct wb_entry *entry = file->node->entry;
        if (!has_id(uids, accounts->count, entry->uid))
            wb_audit_add_finding(audit, check, file->path, "uid %u is no account", entry->uid);
        else if (!has_id(gids, accounts->group_count, entry->gid))
            wb_audit_add_finding(audit, check, file->path, "gid %u is no group", entry->gid);
    }
    free(uids);
    free(gids);
    return wb_audit_outcome(audit);
}
