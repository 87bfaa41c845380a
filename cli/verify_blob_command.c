/* SPDX-License-Identifier: Apache-2.0 */
/* waybill verify-blob and waybill verify-blob-attestation */
#include "cli/secrets.h"
#include "cli/verifying.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CERTIFICATE_SIZE_MAX ((size_t)1 << 20)
#define SIGNATURE_SIZE_MAX ((size_t)1 << 20)

static const char signature_examples[] =
    "  waybill verify-blob --key cosign.pub --bundle release.tar.sigstore.json release.tar\n"
    "      a file by its sigstore bundle\n"
    "  waybill verify-blob --key cosign.pub --signature sbom.json.sig sbom.json\n"
    "      a file by its bare signature\n"
    "  waybill verify-blob --certificate signer.crt --certificate-chain ca.crt \\\n"
    "      --certificate-identity release@example.org --signature out.sig out.bin\n"
    "      a signature with a certificate of a private PKI\n";

static const char attestation_examples[] =
    "  waybill verify-blob-attestation --key cosign.pub --bundle firmware.sigstore.json "
    "firmware.bin\n"
    "      a signed statement about the file\n"
    "  waybill verify-blob-attestation --key cosign.pub --type slsaprovenance1 \\\n"
    "      --require /predicate/runDetails/builder/id=https://example.org/builder \\\n"
    "      --signature provenance.dsse.json firmware.bin\n"
    "      a DSSE envelope, with what it must say\n";

struct verify_blob_arguments {
    struct wb_verifying_options verifying;
    char **bundles;
    char **signatures;
    char *certificate;
    char *path;
    bool is_attestation;
};

/* ---- the command line ---- */

static bool parse_arguments(int argc, const char **argv, struct verify_blob_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    struct wb_verifying_options *options = &arguments->verifying;
    const struct poptOption signature_table[] = {
        {"bundle", 0, POPT_ARG_ARGV, &arguments->bundles, 0,
         "the sigstore bundle, several times for several", "FILE"},
        {"signature", 0, POPT_ARG_ARGV, &arguments->signatures, 0,
         "the bare signature, in base64 or raw, several times for several", "FILE"},
        {"certificate", 0, POPT_ARG_STRING, &arguments->certificate, 0,
         "the certificate that a bare signature was made with (PEM or DER)", "FILE"},
        WB_VERIFYING_OPTIONS(options),
        WB_VERIFYING_OUTPUT_OPTIONS(options),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    const struct poptOption attestation_table[] = {
        {"bundle", 0, POPT_ARG_ARGV, &arguments->bundles, 0,
         "the sigstore bundle, several times for several", "FILE"},
        {"signature", 0, POPT_ARG_ARGV, &arguments->signatures, 0,
         "the DSSE envelope, several times for several", "FILE"},
        WB_VERIFYING_OPTIONS(options),
        WB_STATEMENT_OPTIONS(options),
        WB_ANNOTATION_OPTION(options),
        WB_VERIFYING_OUTPUT_OPTIONS(options),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    const char **kept = wb_verifying_arguments(&argc, argv, err);
    if (kept == NULL)
        return false;
    struct wb_options parsed = {0};
    const struct wb_usage usage = {
        arguments->is_attestation ? attestation_table : signature_table, "[OPTION...] FILE",
        arguments->is_attestation ? attestation_examples : signature_examples};
    bool good = wb_options_read(&parsed, &usage, argc, kept, helped, err) &&
                (*helped || wb_options_argument(parsed.context, "file", &arguments->path, err));
    wb_options_clear(&parsed);
    free(kept);
    return good;
}

static bool check_usage(const struct verify_blob_arguments *arguments, struct wb_error *err)
{
    if (arguments->bundles == NULL && arguments->signatures == NULL)
        return wb_error_set(err, WB_USAGE,
                            "--bundle FILE or --signature FILE says what to verify "
                            "the file by");
    return arguments->certificate == NULL || arguments->signatures != NULL ||
           wb_error_set(err, WB_USAGE, "--certificate goes with --signature; a bundle has its own");
}

/* ---- the file ---- */

/* What is signed is read more than once, so a stream is kept. */
struct file {
    struct wb_verify_content content;
    struct wb_buffer kept;
    int fd;
};

static bool open_file(const char *path, struct file *file, struct wb_error *err)
{
    *file = (struct file){.fd = -1, .content = {.fd = -1}};
    if (wb_argument_is_stream(path)) {
        if (!wb_read_argument(path, (size_t)1 << 30, &file->kept, err))
            return false;
        file->content.bytes = wb_buffer_bytes(&file->kept);
        return true;
    }
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        return wb_error_set_errno(err, errno, "%s", path);
    file->content.fd = file->fd;
    return true;
}

static void close_file(struct file *file)
{
    wb_buffer_clear(&file->kept);
    if (file->fd >= 0)
        close(file->fd);
}

/* ---- the work ---- */

struct blob_job {
    const struct verify_blob_arguments *arguments;
    const struct wb_verify_demands *demands;
    const struct wb_verify_content *content;
    const struct wb_certificates *certificates;
    struct wb_verify_report *report;
};

static bool verify_one(const struct blob_job *job, const char *path, bool is_bundle,
                       struct wb_error *err)
{
    WB_AUTO_VALUE(wb_buffer) buffer = {0};
    bool is_attestation = job->arguments->is_attestation;
    size_t limit = is_bundle || is_attestation ? WB_ENVELOPE_SIZE_MAX : SIGNATURE_SIZE_MAX;
    if (!wb_read_argument(path, limit, &buffer, err))
        return false;
    struct wb_bytes bytes = wb_buffer_bytes(&buffer);
    bool good =
        is_attestation
            ? wb_verify_blob_attestation(job->content, bytes, job->demands, job->report, err)
        : is_bundle ? wb_verify_blob_bundle(job->content, bytes, job->demands, job->report, err)
                    : wb_verify_blob_signature(job->content, bytes, job->certificates, job->demands,
                                               job->report, err);
    return good || wb_error_context(err, "%s", path);
}

/* One after the other until they are enough. What is wrong with one matters only when they are not;
 * then the last reason is told, because it counts what the others proved. */
static bool verify_list(const struct blob_job *job, char *const *paths, bool are_bundles,
                        bool *enough, struct wb_error *err)
{
    for (size_t i = 0; i < wb_options_list_count(paths) && !*enough; i++) {
        *enough = verify_one(job, paths[i], are_bundles, err);
        if (!*enough && (err->status == WB_SYSTEM || err->status == WB_USAGE))
            return false;
    }
    return true;
}

static bool verify(const struct verify_blob_arguments *arguments,
                   const struct wb_verifying *verifying, const struct wb_verify_content *content,
                   struct wb_error *err)
{
    WB_AUTO(wb_certificates) *certificates = NULL;
    WB_AUTO_VALUE(wb_buffer) pem = {0};
    if (arguments->certificate != NULL) {
        if (!wb_read_argument(arguments->certificate, CERTIFICATE_SIZE_MAX, &pem, err))
            return false;
        certificates = wb_certificates_read(wb_buffer_bytes(&pem), err);
        if (certificates == NULL)
            return wb_error_context(err, "%s", arguments->certificate);
    }
    WB_AUTO(wb_verify_report) *report = wb_verify_report_new();
    const struct blob_job job = {arguments, &verifying->demands, content, certificates, report};
    bool enough = false;
    if (!verify_list(&job, arguments->bundles, true, &enough, err) ||
        !verify_list(&job, arguments->signatures, false, &enough, err))
        return false;
    const struct wb_verified verified = {.what = arguments->path,
                                         .with_payloads = arguments->is_attestation};
    return wb_verified_report(&verified, verifying, report, enough, arguments->verifying.quiet != 0,
                              err);
}

static bool run(const struct verify_blob_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_verifying) verifying = {0};
    struct file file;
    if (!check_usage(arguments, err) || !wb_verifying_open(&arguments->verifying, &verifying, err))
        return false;
    bool good =
        open_file(arguments->path, &file, err) && verify(arguments, &verifying, &file.content, err);
    close_file(&file);
    return good;
}

static enum wb_status verify_blob_command(int argc, const char **argv, bool is_attestation)
{
    struct verify_blob_arguments arguments = {.is_attestation = is_attestation};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_verifying_options_clear(&arguments.verifying);
    wb_options_list_free(arguments.bundles);
    wb_options_list_free(arguments.signatures);
    free(arguments.certificate);
    free(arguments.path);
    return good ? WB_OK : err.status;
}

enum wb_status wb_verify_blob_command(int argc, const char **argv)
{
    return verify_blob_command(argc, argv, false);
}

enum wb_status wb_verify_blob_attestation_command(int argc, const char **argv)
{
    return verify_blob_command(argc, argv, true);
}
