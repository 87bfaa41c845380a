/* SPDX-License-Identifier: Apache-2.0 */
/* `waybill-verify verify-bundle`: one file by its bundle, as sigstore's conformance suite asks. */
#include "verify/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void wb_program_print_proof(const struct wb_proof *proof)
{
    char time[WB_TIME_TEXT_SIZE];
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    printf("  signed by %s\n", proof->signer);
    if (proof->identity != NULL)
        printf("  certified for %s\n", wb_utf8_escape_line(arena, proof->identity));
    if (proof->predicate_type != NULL)
        printf("  states %s\n", wb_utf8_escape_line(arena, proof->predicate_type));
    if (proof->has_time)
        printf("  signed at %s\n", wb_time_format(proof->time, time));
    if (proof->log_entries > 0)
        printf("  recorded in a transparency log: %zu %s checked\n", proof->log_entries,
               proof->log_entries == 1 ? "entry" : "entries");
}

/* The argument is a digest or the name of a file. */
static bool open_content(const char *argument, struct wb_verify_content *content,
                         struct wb_error *err)
{
    *content = (struct wb_verify_content){.fd = -1};
    struct wb_error no_digest = WB_ERROR_INIT;
    if (wb_digest_parse(argument, &content->digest, &no_digest))
        return true;
    content->digest = (struct wb_digest){.algorithm = WB_DIGEST_NONE};
    content->fd = open(argument, O_RDONLY | O_CLOEXEC);
    return content->fd >= 0 || wb_error_set_errno(err, errno, "cannot open %s", argument);
}

static bool check(const struct wb_program_options *options, const struct wb_verify_content *content,
                  const struct wb_verify_demands *demands, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    if (!wb_file_read(AT_FDCWD, options->bundle, WB_ENVELOPE_SIZE_MAX, &bundle, err))
        return false;
    if (!wb_verify_blob_bundle(content, wb_buffer_bytes(&bundle), demands, report, err))
        return wb_error_context(err, "%s", options->argument);
    printf("%s: the signature holds\n", options->argument);
    for (size_t i = 0; i < report->proof_count; i++)
        wb_program_print_proof(&report->proofs[i]);
    return true;
}

bool wb_program_bundle(const struct wb_program_options *options,
                       const struct wb_verify_demands *demands, struct wb_error *err)
{
    struct wb_verify_content content;
    if (!open_content(options->argument, &content, err))
        return false;
    bool good = check(options, &content, demands, err);
    if (content.fd >= 0)
        close(content.fd);
    return good;
}
