/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints: how large a log was and what its root hash was, signed by the log
 * (C2SP tlog-checkpoint, a kind of signed-note). */
#include "verify/log_private.h"

#include <string.h>

#define NOTE_SIZE_MAX ((size_t)64 << 10)
#define SIGNATURES_MAX 100
/* An em dash and a space in UTF-8. */
#define SIGNATURE_MARK "\xe2\x80\x94 "

static bool malformed(struct wb_error *err, const char *what)
{
    return wb_error_set(err, WB_BAD_INPUT, "checkpoint: %s", what);
}

/* The next line without its line feed. */
static const char *take_line(const char **at, struct wb_arena *arena)
{
    const char *end = strchr(*at, '\n');
    if (end == NULL)
        return NULL;
    const char *line = wb_arena_copy_bytes(arena, *at, (size_t)(end - *at));
    *at = end + 1;
    return line;
}

/* Decimal without leading zeros. */
static bool read_size(const char *text, uint64_t *size)
{
    *size = 0;
    if (*text == '\0' || (*text == '0' && text[1] != '\0'))
        return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(*size, UINT64_C(10), size) ||
            __builtin_add_overflow(*size, (uint64_t)(*text - '0'), size))
            return false;
    }
    return true;
}

static bool read_text(const char *text, struct wb_arena *arena, struct wb_checkpoint *checkpoint,
                      struct wb_error *err)
{
    const char *at = text;
    checkpoint->origin = take_line(&at, arena);
    const char *size = take_line(&at, arena);
    const char *root = size == NULL ? NULL : take_line(&at, arena);
    if (root == NULL)
        return malformed(err, "origin, size and root hash are not all there");
    if (*checkpoint->origin == '\0')
        return malformed(err, "no origin");
    if (!read_size(size, &checkpoint->tree_size))
        return malformed(err, "the tree size is not a number");
    WB_AUTO_VALUE(wb_buffer) hash = {0};
    if (!wb_base64_decode(root, strlen(root), &hash) || hash.size != WB_HASH_SIZE)
        return malformed(err, "the root hash is not base64 of 32 bytes");
    memcpy(checkpoint->root, hash.data, WB_HASH_SIZE);
    /* Lines that follow are the log's own business, but signed. */
    return true;
}

/* `— NAME BASE64(4 bytes of key id, signature)` */
static bool read_signature(const char *line, struct wb_arena *arena,
                           struct wb_checkpoint_signature *signature, struct wb_error *err)
{
    if (!wb_text_starts_with(line, SIGNATURE_MARK))
        return malformed(err, "a line among the signatures is none");
    const char *name = line + strlen(SIGNATURE_MARK);
    const char *space = strchr(name, ' ');
    if (space == NULL || space == name || memchr(name, '+', (size_t)(space - name)) != NULL)
        return malformed(err, "a signature without a name");
    WB_AUTO_VALUE(wb_buffer) bytes = {0};
    if (!wb_base64_decode(space + 1, strlen(space + 1), &bytes) ||
        bytes.size <= sizeof signature->hint)
        return malformed(err, "a signature that is not base64");
    const size_t hint_size = sizeof signature->hint;
    signature->name = wb_arena_copy_bytes(arena, name, (size_t)(space - name));
    memcpy(signature->hint, bytes.data, hint_size);
    signature->signature.size = bytes.size - hint_size;
    signature->signature.data =
        (const uint8_t *)wb_arena_copy_bytes(arena, bytes.data + hint_size, bytes.size - hint_size);
    return true;
}

static bool read_signatures(const char *at, struct wb_arena *arena,
                            struct wb_checkpoint *checkpoint, struct wb_error *err)
{
    checkpoint->signatures =
        wb_arena_allocate(arena, SIGNATURES_MAX * sizeof *checkpoint->signatures);
    while (*at != '\0') {
        const char *line = take_line(&at, arena);
        if (line == NULL)
            return malformed(err, "the last line does not end");
        if (checkpoint->signature_count == SIGNATURES_MAX)
            return malformed(err, "too many signatures");
        if (!read_signature(line, arena, &checkpoint->signatures[checkpoint->signature_count++],
                            err))
            return false;
    }
    return checkpoint->signature_count > 0 || malformed(err, "nobody signed it");
}

static bool is_printable(const char *note)
{
    for (const char *at = note; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' && *at != '\n')
            return false;
    return true;
}

bool wb_checkpoint_read(const char *note, struct wb_arena *arena, struct wb_checkpoint *checkpoint,
                        struct wb_error *err)
{
    *checkpoint = (struct wb_checkpoint){0};
    size_t size = strlen(note);
    if (size > NOTE_SIZE_MAX)
        return malformed(err, "it is too large");
    if (!wb_utf8_valid(note, size) || !is_printable(note))
        return malformed(err, "not a text in UTF-8");
    /* The text ends in front of the empty line; its own line feed belongs to it. */
    const char *end = strstr(note, "\n\n");
    if (end == NULL)
        return malformed(err, "no empty line in front of the signatures");
    if (strstr(end + 1, "\n\n") != NULL)
        return malformed(err, "more than one empty line");
    checkpoint->text.size = (size_t)(end - note) + 1;
    char *text = wb_arena_copy_bytes(arena, note, checkpoint->text.size);
    checkpoint->text.data = (const uint8_t *)text;
    return read_text(text, arena, checkpoint, err) &&
           read_signatures(end + 2, arena, checkpoint, err);
}

/* Rekor v1 puts the number of the tree behind its name in the origin. */
static bool names_origin(const char *name, const char *origin)
{
    size_t size = strlen(name);
    return strncmp(name, origin, size) == 0 &&
           (origin[size] == '\0' || strncmp(origin + size, " - ", 3) == 0);
}

bool wb_checkpoint_check(const struct wb_checkpoint *checkpoint, const struct wb_log *log,
                         struct wb_error *err)
{
    bool found = false;
    for (size_t i = 0; i < checkpoint->signature_count; i++) {
        const struct wb_checkpoint_signature *signature = &checkpoint->signatures[i];
        if (log->note_id.size < sizeof signature->hint ||
            memcmp(signature->hint, log->note_id.data, sizeof signature->hint) != 0 ||
            !names_origin(signature->name, checkpoint->origin))
            continue;
        if (!wb_key_check(log->key, checkpoint->text, signature->signature, err))
            return wb_error_context(err, "checkpoint of %.100s", log->name);
        found = true;
    }
    return found || wb_error_set(err, WB_CHECK_FAILED,
                                 "the checkpoint is not signed by the log %.100s", log->name);
}
