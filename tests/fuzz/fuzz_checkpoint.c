/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints, and whether one of their signatures is by a log that nobody can sign for. */
#include "verify/log_private.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SubjectPublicKeyInfo of the Ed25519 key of RFC 8032 §7.1, test 1. */
static const uint8_t spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21,
                               0x00, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b,
                               0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda,
                               0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void look(const char *note, const struct wb_checkpoint *checkpoint)
{
    /* What is signed is the beginning of the note, byte for byte. */
    if (checkpoint->text.size >= strlen(note) ||
        memcmp(checkpoint->text.data, note, checkpoint->text.size) != 0 ||
        checkpoint->signature_count == 0 || *checkpoint->origin == '\0')
        abort();
    for (size_t i = 0; i < checkpoint->signature_count; i++)
        if (checkpoint->signatures[i].signature.size == 0 ||
            *checkpoint->signatures[i].name == '\0')
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wb_error err = WB_ERROR_INIT;
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    const char *note = wb_arena_copy_bytes(arena, data, size);
    struct wb_checkpoint checkpoint;
    if (!wb_checkpoint_read(note, arena, &checkpoint, &err))
        return 0;
    look(note, &checkpoint);
    WB_AUTO(wb_key) *key = wb_key_from_public((struct wb_bytes){spki, sizeof spki}, &err);
    const struct wb_log log = {
        .name = "log",
        .note_id = {checkpoint.signatures[0].hint, sizeof checkpoint.signatures[0].hint},
        .key = key,
    };
    if (key == NULL)
        abort();
    bool signed_by_log = wb_checkpoint_check(&checkpoint, &log, &err);
    (void)signed_by_log;
    return 0;
}
