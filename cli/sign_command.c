/* SPDX-License-Identifier: Apache-2.0 */
/* waybill sign */
#include "cli/cose_files.h"
#include "cli/images.h"
#include "cli/secrets.h"
#include "cli/signing.h"

#include <stdlib.h>
#include <string.h>

static const char examples[] =
    "  waybill sign --key cosign.key oci:build/image:v1\n"
    "      sign an image of an OCI layout; the signature is added to the layout\n"
    "  waybill sign --key cosign.key oci:build/image:v1 oci:build/tools:v1\n"
    "      sign several; the key is opened, and its password asked for, once\n"
    "  waybill sign --key release.key -a commit=4f2a91c oci-archive:image.tar\n"
    "      sign an archive in place, with an annotation inside the signature\n"
    "  waybill sign --key release.key --recursive --format both oci:multi:v1\n"
    "      sign an index and each of its platforms, for old and new verifiers\n"
    "  waybill sign --key 'pkcs11:token=hsm;object=release' --certificate release.crt \\\n"
    "      --certificate-chain ca.crt oci:build/image:v1\n"
    "      sign with a key in a token, with its certificate\n"
    "  waybill sign --key release.key --format cose --output-file tags.cose tags.coswid\n"
    "      CoSWID tags inside a COSE message: a file, not an image\n";

enum {
    OPTION_ANNOTATION = WB_OPTION_FIRST_OF_COMMAND,
};

struct sign_arguments {
    struct wb_registry_arguments registry;
    struct wb_signing_options signing;
    struct wb_pairs annotations;
    char *identity;
    char *message;
    char **references;
    int recursive;
};

static bool read_options(struct wb_options *options, struct sign_arguments *arguments, bool *helped,
                         struct wb_error *err)
{
    poptContext context = options->context;
    int code;
    while ((code = wb_options_next(options)) > 0) {
        if (code == WB_OPTION_HELP) {
            wb_options_help(context, "[OPTION...] --key KEY IMAGE...", examples);
            *helped = true;
            return true;
        }
        WB_AUTO_STRING text = poptGetOptArg(context);
        if (!wb_pairs_add(&arguments->annotations, "-a", text, err))
            return false;
    }
    if (code < -1)
        return wb_options_fault(context, code, err);
    return wb_options_arguments(context, "image", &arguments->references, err);
}

static bool parse_arguments(int argc, const char **argv, struct sign_arguments *arguments,
                            bool *helped, struct wb_error *err)
{
    const struct poptOption table[] = {
        WB_SIGNING_OPTIONS(&arguments->signing),
        {"annotations", 'a', POPT_ARG_STRING, NULL, OPTION_ANNOTATION,
         "sign this with it, several times for several", "NAME=VALUE"},
        {"recursive", 'r', POPT_ARG_NONE, &arguments->recursive, 0,
         "of an index, sign every platform's image too", NULL},
        {"format", 0, POPT_ARG_STRING, &arguments->signing.format, 0,
         "bundle (default: a sigstore bundle as a referrer), legacy (cosign's older form), both; "
         "cose: a file as a COSE_Sign1 message",
         "bundle|legacy|both|cose"},
        {"output-file", 0, POPT_ARG_STRING, &arguments->message, 0,
         "write the COSE message here (default: standard output)", "FILE"},
        {"sign-container-identity", 0, POPT_ARG_STRING, &arguments->identity, 0,
         "the name that the older form's payload gives the image (default: from the image)",
         "NAME"},
        {"output", 'o', POPT_ARG_STRING, &arguments->signing.output, 0,
         "say on standard output what was signed (default: text, on standard error)", "text|json"},
        WB_REGISTRY_OPTIONS(&arguments->registry),
        {"help", 'h', POPT_ARG_NONE, NULL, WB_OPTION_HELP, "show this", NULL},
        POPT_TABLEEND,
    };
    WB_AUTO_VALUE(wb_options) options = {0};
    wb_options_open(&options, "waybill sign", argc, argv, table);
    return read_options(&options, arguments, helped, err);
}

struct signing_job {
    struct wb_image_job *job;
    struct wb_image_signing image;
};

static bool sign_one(void *context, const struct wb_descriptor *target, struct wb_error *err)
{
    struct signing_job *signing = context;
    struct wb_image_job *job = signing->job;
    if (!wb_sign_image(job->layout, target, &job->signing.signer, &signing->image, err))
        return false;
    wb_image_job_signed(job, &target->digest);
    return true;
}

static bool sign_all(struct signing_job *signing, bool recursive, struct wb_error *err)
{
    struct wb_layout *layout = signing->job->layout;
    const struct wb_descriptor *target = wb_layout_target(layout, err);
    if (target == NULL || !sign_one(signing, target, err))
        return false;
    if (recursive && !wb_visit_platforms(layout, target, sign_one, signing, err))
        return false;
    return wb_layout_commit(layout, err);
}

static bool is_cose(const struct sign_arguments *arguments)
{
    return arguments->signing.format != NULL && strcmp(arguments->signing.format, "cose") == 0;
}

static bool sign_cose(const struct sign_arguments *arguments, struct wb_error *err)
{
    WB_AUTO_VALUE(wb_signing) signing = {0};
    const char *document = arguments->references[0];
    if (arguments->references[1] != NULL)
        return wb_error_set(err, WB_USAGE, "--format cose signs one file at a time, not also `%s`",
                            arguments->references[1]);
    if (arguments->annotations.count > 0 || arguments->recursive || arguments->identity != NULL)
        return wb_error_set(err, WB_USAGE,
                            "--format cose signs a file: -a, --recursive and "
                            "--sign-container-identity are for images");
    const char *output = arguments->message == NULL ? "-" : arguments->message;
    if (!wb_signing_open(&arguments->signing, strcmp(document, "-") == 0, &signing, err))
        return false;
    if (!wb_sign_cose_file(document, NULL, output, &signing.signer, err))
        return wb_error_context(err, "%s", document);
    return wb_signing_report(&arguments->signing, &signing, document, err);
}

/* What is wrong with the second image is said before the first is signed, as far as it can be. */
static bool check_several(const struct sign_arguments *arguments, struct wb_error *err)
{
    if (arguments->references[1] == NULL)
        return true;
    if (arguments->identity != NULL || arguments->signing.timestamp_response != NULL)
        return wb_error_set(err, WB_USAGE,
                            "--sign-container-identity and --timestamp-response are of one image");
    for (char **reference = arguments->references; *reference != NULL; reference++) {
        WB_AUTO_VALUE(wb_reference) parsed = {0};
        if (!wb_reference_parse(*reference, &parsed, err))
            return false;
    }
    return true;
}

static bool sign_image(struct wb_image_job *job, const struct sign_arguments *arguments,
                       struct wb_error *err)
{
    struct signing_job signing = {
        .job = job,
        .image = {.forms = job->forms,
                  .docker_reference = arguments->identity == NULL ? job->name : arguments->identity,
                  .annotations = arguments->annotations.pairs,
                  .annotation_count = arguments->annotations.count},
    };
    if (!sign_all(&signing, arguments->recursive != 0, err))
        return wb_error_context(err, "%s", job->text);
    return wb_image_job_report(job, err);
}

static bool run(struct sign_arguments *arguments, struct wb_error *err)
{
    if (is_cose(arguments))
        return sign_cose(arguments, err);
    if (arguments->message != NULL)
        return wb_error_set(err, WB_USAGE, "--output-file goes with --format cose");
    WB_AUTO_VALUE(wb_image_job) job = {0};
    char **reference = arguments->references;
    if (!check_several(arguments, err) ||
        !wb_image_job_open(&job, &arguments->signing, &arguments->registry, *reference, false,
                           err) ||
        !sign_image(&job, arguments, err))
        return false;
    while (*++reference != NULL)
        if (!wb_image_job_next(&job, *reference, err) || !sign_image(&job, arguments, err))
            return false;
    return true;
}

enum wb_status wb_sign_command(int argc, const char **argv)
{
    struct sign_arguments arguments = {0};
    struct wb_error err = WB_ERROR_INIT;
    bool helped = false;
    wb_secrets_begin();
    bool good =
        parse_arguments(argc, argv, &arguments, &helped, &err) && (helped || run(&arguments, &err));
    if (!good)
        wb_say_error(&err);
    wb_signing_options_clear(&arguments.signing);
    wb_registry_arguments_clear(&arguments.registry);
    wb_pairs_clear(&arguments.annotations);
    free(arguments.identity);
    free(arguments.message);
    wb_options_list_free(arguments.references);
    return good ? WB_OK : err.status;
}
