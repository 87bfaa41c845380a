/* SPDX-License-Identifier: Apache-2.0 */
/* One file by its bundle: `verify-bundle`, as sigstore's conformance suite asks, or `--bundle`. */
#include "verify/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

static bool print(const struct wb_program_options *options,
                  const struct wb_program_demands *demands, const struct wb_verify_report *proved,
                  const struct wb_error *failure, struct wb_error *err)
{
    const struct wb_file_report report = {
        .file = options->arguments[0],
        .proved = proved,
        .failure = failure,
        .now = demands->demands.now,
        .program = WB_PROGRAM_NAME,
        .trust = (const char *)demands->trust.data,
        .confinement = wb_program_confinement(),
    };
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (!options->json)
        wb_file_report_text(&report, &text);
    else if (!wb_file_report_json(&report, &text, err))
        return false;
    fwrite(text.data, 1, text.size, stdout);
    return true;
}

static bool check(const struct wb_program_options *options,
                  const struct wb_program_demands *demands, const struct wb_verify_content *content,
                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) bundle = {0};
    WB_AUTO(wb_verify_report) *proved = wb_verify_report_new();
    struct wb_error failure = WB_ERROR_INIT;
    if (!wb_file_read(AT_FDCWD, options->bundle, WB_ENVELOPE_SIZE_MAX, &bundle, err))
        return false;
    bool good = wb_verify_blob_bundle(content, wb_buffer_bytes(&bundle), &demands->demands, proved,
                                      &failure);
    if (!print(options, demands, proved, good ? NULL : &failure, err))
        return false;
    if (good)
        return true;
    *err = failure;
    return wb_error_context(err, "%s", options->arguments[0]);
}

/* ---- COSE messages ---- */

bool wb_program_is_cose(const struct wb_program_options *options)
{
    uint8_t head[16];
    if (options->argument_count != 1 || strcmp(options->arguments[0], "-") == 0)
        return false;
    WB_AUTO_FD fd = open(options->arguments[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd < 0 ? -1 : read(fd, head, sizeof head);
    return size > 0 && wb_cose_recognises((struct wb_bytes){head, (size_t)size});
}

bool wb_program_cose(const struct wb_program_options *options,
                     const struct wb_program_demands *demands, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) message = {0};
    WB_AUTO(wb_verify_report) *proved = wb_verify_report_new();
    struct wb_cose_content content;
    struct wb_error failure = WB_ERROR_INIT;
    if (options->report_fd >= 0)
        return wb_error_set(err, WB_USAGE, "--report-fd goes with deliveries and layouts");
    if (!wb_file_read(AT_FDCWD, options->arguments[0], WB_ENVELOPE_SIZE_MAX, &message, err))
        return false;
    bool good =
        wb_verify_cose(wb_buffer_bytes(&message), &demands->demands, proved, &content, &failure);
    if (!print(options, demands, proved, good ? NULL : &failure, err))
        return false;
    if (good)
        return true;
    *err = failure;
    return wb_error_context(err, "%s", options->arguments[0]);
}

/* ---- bundles ---- */

bool wb_program_bundle(const struct wb_program_options *options,
                       const struct wb_program_demands *demands, struct wb_error *err)
{
    struct wb_verify_content content;
    if (!open_content(options->arguments[0], &content, err))
        return false;
    bool good = check(options, demands, &content, err);
    if (content.fd >= 0)
        close(content.fd);
    return good;
}
