/* SPDX-License-Identifier: Apache-2.0 */
/* From the options of an audit to an audit. */
#include "cli/auditing.h"

#include "base/duration.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#define RULES_SIZE_MAX ((size_t)16 << 20)
#define WAIVERS_SIZE_MAX ((size_t)16 << 20)
#define BASELINE_SIZE_MAX ((size_t)256 << 20)

void wb_audit_arguments_clear(struct wb_audit_arguments *arguments)
{
    wb_options_list_free(arguments->allowed_accounts);
    wb_options_list_free(arguments->allowed_ports);
    wb_options_list_free(arguments->keep);
    wb_options_list_free(arguments->skip);
    wb_options_list_free(arguments->rules);
    free(arguments->baseline);
    free(arguments->waivers);
    free(arguments->max_age);
}

bool wb_audit_arguments_given(const struct wb_audit_arguments *arguments)
{
    return arguments->allowed_accounts != NULL || arguments->allowed_ports != NULL ||
           arguments->keep != NULL || arguments->skip != NULL || arguments->rules != NULL ||
           arguments->baseline != NULL || arguments->waivers != NULL ||
           arguments->max_age != NULL || arguments->no_secrets;
}

static bool read_file(const char *option, const char *path, size_t limit, struct wb_buffer *content,
                      struct wb_error *err)
{
    if (path == NULL)
        return true;
    if (!wb_file_read(AT_FDCWD, path, limit, content, err))
        return wb_error_context(err, "%s", option);
    return content->size > 0 || wb_error_set(err, WB_BAD_INPUT, "%s %s: empty", option, path);
}

static bool read_rules(const struct wb_audit_arguments *arguments, struct wb_auditing *auditing,
                       struct wb_error *err)
{
    size_t count = wb_options_list_count(arguments->rules);
    auditing->rules = wb_allocate_array(count + 1, sizeof *auditing->rules);
    auditing->rule_texts = wb_allocate_array(count + 1, sizeof *auditing->rule_texts);
    for (size_t i = 0; i < count; i++) {
        struct wb_buffer *content = &auditing->rules[auditing->rule_count++];
        if (!read_file("--rules", arguments->rules[i], RULES_SIZE_MAX, content, err))
            return false;
        auditing->rule_texts[i] = wb_buffer_bytes(content);
    }
    return true;
}

static bool read_times(const struct wb_audit_arguments *arguments, struct wb_audit_options *options,
                       struct wb_error *err)
{
    bool has_epoch;
    if (!wb_time_source_date_epoch(&has_epoch, &options->now, err))
        return false;
    if (!has_epoch)
        options->now = (int64_t)time(NULL);
    options->has_max_age = arguments->max_age != NULL;
    return arguments->max_age == NULL || wb_duration_parse(arguments->max_age, &options->max_age) ||
           wb_error_set(err, WB_USAGE, "--max-age %s: it is a time such as 36h, 30d or 8w",
                        arguments->max_age);
}

bool wb_auditing_open(const struct wb_audit_arguments *arguments, struct wb_auditing *auditing,
                      struct wb_error *err)
{
    struct wb_audit_options *options = &auditing->options;
    if (!read_rules(arguments, auditing, err) || !read_times(arguments, options, err) ||
        !read_file("--baseline", arguments->baseline, BASELINE_SIZE_MAX, &auditing->baseline,
                   err) ||
        !read_file("--waivers", arguments->waivers, WAIVERS_SIZE_MAX, &auditing->waivers, err))
        return false;
    options->allowed_accounts = (const char *const *)arguments->allowed_accounts;
    options->allowed_account_count = wb_options_list_count(arguments->allowed_accounts);
    options->allowed_ports = (const char *const *)arguments->allowed_ports;
    options->allowed_port_count = wb_options_list_count(arguments->allowed_ports);
    options->keep = (const char *const *)arguments->keep;
    options->keep_count = wb_options_list_count(arguments->keep);
    options->skip = (const char *const *)arguments->skip;
    options->skip_count = wb_options_list_count(arguments->skip);
    options->secrets = !arguments->no_secrets;
    options->built_in_rules = wb_audit_built_in_rules();
    options->rules = auditing->rule_texts;
    options->rules_count = auditing->rule_count;
    options->baseline = wb_buffer_bytes(&auditing->baseline);
    options->waivers = wb_buffer_bytes(&auditing->waivers);
    auditing->audit = wb_audit_new(options, err);
    return auditing->audit != NULL;
}

void wb_auditing_clear(struct wb_auditing *auditing)
{
    wb_audit_free(auditing->audit);
    for (size_t i = 0; i < auditing->rule_count; i++)
        wb_buffer_clear(&auditing->rules[i]);
    free(auditing->rules);
    free(auditing->rule_texts);
    wb_buffer_clear(&auditing->baseline);
    wb_buffer_clear(&auditing->waivers);
    *auditing = (struct wb_auditing){0};
}

void wb_auditing_say_notes(const struct wb_audit_report *report)
{
    for (size_t i = 0; i < report->note_count; i++)
        wb_say_warning(report->notes[i]);
}
