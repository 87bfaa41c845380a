/* SPDX-License-Identifier: Apache-2.0 */
/* Shows each file that goes by to the secret scan and to the reader of executables. */
#include "audit/audit_private.h"

#include <stdlib.h>

/* One file; what does not care for it is NULL. */
struct observed_file {
    void *executable, *secret;
};

static void *begin_layer(void *context)
{
    struct wb_audit *audit = context;
    struct wb_audit_observation *observation = wb_allocate(sizeof *observation);
    observation->audit = audit;
    observation->arena = wb_arena_new();
    observation->executables = wb_executables_new();
    if (audit->rules != NULL)
        observation->secrets = wb_secret_findings_new(audit->rules);
    return observation;
}

static void free_layer(void *layer)
{
    struct wb_audit_observation *observation = layer;
    if (observation == NULL)
        return;
    wb_executables_free(observation->executables);
    wb_secret_findings_free(observation->secrets);
    wb_arena_free(observation->arena);
    free(observation);
}

/* Files begin on one thread and end on another: only this one touches the arena. */
static void *begin_file(void *layer, const struct wb_entry *entry, size_t index)
{
    struct wb_audit_observation *observation = layer;
    struct observed_file file = {.executable =
                                     wb_executable_begin(observation->executables, entry, index)};
    if (observation->secrets != NULL)
        file.secret = wb_secret_begin(observation->secrets, entry, index);
    if (file.executable == NULL && file.secret == NULL)
        return NULL;
    struct observed_file *kept = wb_arena_allocate(observation->arena, sizeof *kept);
    *kept = file;
    return kept;
}

static void take_piece(void *layer, void *observed, const uint8_t *data, uint64_t size)
{
    struct wb_audit_observation *observation = layer;
    struct observed_file *file = observed;
    if (file->executable != NULL)
        wb_executable_piece(observation->executables, file->executable, data, size);
    if (file->secret != NULL)
        wb_secret_piece(observation->secrets, file->secret, data, size);
}

static void end_file(void *layer, void *observed)
{
    struct wb_audit_observation *observation = layer;
    struct observed_file *file = observed;
    if (file->executable != NULL)
        wb_executable_end(observation->executables, file->executable);
    if (file->secret != NULL)
        wb_secret_end(observation->secrets, file->secret);
}

void wb_audit_observe(struct wb_audit *audit)
{
    audit->observer = (struct wb_file_observer){
        .layer_begin = begin_layer,
        .file_begin = begin_file,
        .file_piece = take_piece,
        .file_end = end_file,
        .layer_free = free_layer,
        .context = audit,
    };
}
