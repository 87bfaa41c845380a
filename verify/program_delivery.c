/* SPDX-License-Identifier: Apache-2.0 */
/* A delivery or a plain layout: all of it, and the report. */
#include "verify/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* `oci:` and `oci-archive:` may stand in front. */
static const char *path_of(const char *text)
{
    static const char *const prefixes[] = {"oci:", "oci-archive:"};
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (wb_text_starts_with(text, prefixes[i]))
            return text + strlen(prefixes[i]);
    return text;
}

/* This program has no network, by design. */
static bool is_here(const char *text, struct wb_error *err)
{
    return !wb_text_starts_with(text, "docker://") ||
           wb_error_set(err, WB_USAGE,
                        "%s: this program asks no registries; `waybill verify` does, or copy the "
                        "image to an OCI layout first, with all that is attached",
                        text);
}

static bool print(const struct wb_program_options *options, const struct wb_delivery_report *report,
                  struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) text = {0};
    if (!options->json)
        wb_delivery_report_text(report, &text);
    else if (!wb_delivery_report_json(report, &text, err))
        return false;
    fwrite(text.data, 1, text.size, stdout);
    return true;
}

static bool write_page(int fd, const struct wb_delivery_report *report, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) html = {0};
    if (fd < 0)
        return true;
    wb_delivery_report_html(report, &html);
    for (size_t done = 0; done < html.size;) {
        ssize_t size = write(fd, html.data + done, html.size - done);
        if (size < 0 && errno != EINTR)
            return wb_error_set_errno(err, errno, "the report cannot be written to descriptor %d",
                                      fd);
        done += size > 0 ? (size_t)size : 0;
    }
    return true;
}

static bool look_deeper(const struct wb_program_options *options,
                        const struct wb_program_demands *demands,
                        struct wb_delivery_verdict *verdict, struct wb_deep_summary *summary,
                        struct wb_error *err)
{
    if (!options->deep)
        return true;
    return wb_verify_deep_layout(verdict->layout, demands->policy, demands->demands.now, NULL, NULL,
                                 verdict->outcomes, summary, err) ||
           wb_error_context(err, "deep check");
}

static bool verify(const struct wb_program_options *options,
                   const struct wb_program_demands *demands, const struct wb_delivery_input *input,
                   struct wb_delivery_verdict *verdict, struct wb_error *err)
{
    struct wb_deep_summary summary = {0};
    bool good = wb_verify_delivery(input, demands->policy, demands->state, demands->demands.now,
                                   verdict, err) &&
                look_deeper(options, demands, verdict, &summary, err);
    if (!good && err->status != WB_CHECK_FAILED)
        return false;
    const struct wb_delivery_report report = {
        .input = input,
        .verdict = verdict,
        .failed = !good,
        .now = demands->demands.now,
        .program = WB_PROGRAM_NAME,
        .trust = (const char *)demands->trust.data,
        .confinement = wb_program_confinement(),
        .state = options->state,
        .deep = options->deep && good ? &summary : NULL,
        .verbose = options->verbose,
    };
    struct wb_error failure = WB_ERROR_INIT;
    if (!write_page(options->report_fd, &report, &failure) || !print(options, &report, &failure)) {
        *err = failure;
        return false;
    }
    if (!good)
        wb_delivery_report_failure(verdict, err);
    return good;
}

bool wb_program_delivery(const struct wb_program_options *options,
                         const struct wb_program_demands *demands, struct wb_error *err)
{
    bool is_stream = strcmp(options->arguments[0], "-") == 0;
    for (size_t i = 0; i < options->argument_count; i++)
        if (!is_here(options->arguments[i], err))
            return false;
    const char **paths = wb_allocate_array(options->argument_count, sizeof *paths);
    const char *bases[WB_PROGRAM_BASES_MAX];
    for (size_t i = 0; i < options->argument_count; i++)
        paths[i] = path_of(options->arguments[i]);
    for (size_t i = 0; i < options->base_count; i++)
        bases[i] = path_of(options->bases[i]);
    const struct wb_delivery_input input = {
        .paths = paths,
        .path_count = is_stream ? 0 : options->argument_count,
        .stream_fd = is_stream ? STDIN_FILENO : -1,
        .bases = bases,
        .base_count = options->base_count,
        .allow_missing_volumes = options->allow_missing_volumes,
    };
    WB_AUTO(wb_delivery_verdict) *verdict = wb_delivery_verdict_new();
    bool good = verify(options, demands, &input, verdict, err);
    free(paths);
    return good || (options->argument_count > 1 || is_stream
                        ? false
                        : wb_error_context(err, "%s", options->arguments[0]));
}
