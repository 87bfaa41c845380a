/* SPDX-License-Identifier: Apache-2.0 */
/* `waybill-verify LAYOUT`: every image of an OCI layout, its signature and all its blobs. */
#include "verify/program.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A directory or an archive, as it lies there; `oci:` and `oci-archive:` may stand in front. */
static bool find(const char *text, struct wb_reference *reference, struct wb_error *err)
{
    struct stat status;
    const char *path = text;
    if (wb_text_starts_with(text, "oci:"))
        path += strlen("oci:");
    else if (wb_text_starts_with(text, "oci-archive:"))
        path += strlen("oci-archive:");
    if (stat(path, &status) != 0)
        return wb_error_set_errno(err, errno, "cannot look at %s", path);
    *reference = (struct wb_reference){
        .transport = S_ISDIR(status.st_mode) ? WB_TRANSPORT_OCI : WB_TRANSPORT_OCI_ARCHIVE,
        .text = wb_string_copy(text),
        .path = wb_string_copy(path),
    };
    return true;
}

/* Nobody signed the name: it is shown where it is one (OCI image-spec, annotations.md), and not
 * where it could read as a verdict. */
static bool is_name(const char *text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "-._:@/+";
    return text != NULL && text[0] != '\0' && text[strspn(text, allowed)] == '\0';
}

static void print_image(void *context, const struct wb_descriptor *image,
                        const struct wb_verify_report *report, const struct wb_error *failure)
{
    const struct wb_program_options *options = context;
    char digest[WB_DIGEST_TEXT_SIZE];
    const char *name = wb_descriptor_annotation(image, "org.opencontainers.image.ref.name");
    WB_AUTO(wb_arena) *arena = wb_arena_new();
    wb_digest_format(&image->digest, digest);
    printf("%s%s%s: ", digest, is_name(name) ? " " : "", is_name(name) ? name : "");
    if (failure != NULL) {
        printf("FAILED: %s\n", failure->message);
    } else {
        printf("holds: %zu %s, %" PRIu64 " bytes\n", report->blobs_checked,
               report->blobs_checked == 1 ? "blob" : "blobs", report->bytes_checked);
        for (size_t i = 0; i < report->proof_count; i++)
            wb_program_print_proof(&report->proofs[i]);
    }
    for (size_t i = 0; i < report->refusal_count && (options->verbose || failure != NULL); i++)
        printf("  refused %s: %s\n", wb_utf8_escape_line(arena, report->refusals[i].source),
               report->refusals[i].reason);
}

bool wb_program_layout(const struct wb_program_options *options,
                       const struct wb_verify_demands *demands, struct wb_error *err)
{
    struct wb_reference reference;
    if (!find(options->argument, &reference, err))
        return false;
    WB_AUTO(wb_layout) *layout = wb_layout_open(&reference, WB_LAYOUT_READ, err);
    bool good = layout != NULL &&
                wb_verify_layout(layout, demands, print_image, (void *)options, err) &&
                (!options->deep || wb_program_deep(layout, demands, err));
    if (!good)
        wb_error_context(err, "%s", options->argument);
    free(reference.text);
    free(reference.path);
    return good;
}
