/* Options without a size are refused wherever they are taken, and nothing else is. */
#include "tests/support/check.h"
#include "tests/support/graph.h"

#include <sard/image.h>
#include <string.h>

static void refused(sard_status status, const sard_error *error, const char *name)
{
    ck_assert_int_eq(status, SARD_ARGUMENT);
    ck_assert_msg(strstr(error->text, name) != NULL, "%s", error->text);
}

START_TEST(a_size_of_zero_is_refused)
{
    sard_error error = {.text = ""};
    sard_context *context = NULL;
    sard_model *model = NULL;
    sard_session *session = NULL;
    sard_image image;
    refused(sard_context_new(&(sard_context_options){.threads = 1}, &context, &error), &error, "sard_context_options");
    ck_assert(!sard_context_new(NULL, &context, &error));
    sard_graph *graph = graph_parse(context, "graph g {\n input x: float32[2]\n y = Relu(x)\n output y\n}");
    refused(sard_model_from_graph(context, graph, &(sard_model_options){.level = SARD_O1}, &model, &error), &error, "sard_model_options");
    ck_assert(!sard_model_from_graph(context, graph, NULL, &model, &error));
    refused(sard_session_new(model, &(sard_session_options){.threads = 1}, &session, &error), &error, "sard_session_options");
    refused(sard_graph_save(graph, "/dev/null", &(sard_export_options){.opset = 17}, &error), &error, "sard_export_options");
    refused(sard_image_load_memory("", 0, "nothing", &(sard_image_load_options){.channels = 3}, &image, &error), &error,
            "sard_image_load_options");
    unsigned char pixel[3] = {0};
    image = (sard_image){.width = 1, .height = 1, .channels = 3, .pixels = pixel};
    sard_image fitted;
    refused(sard_image_fit(&image, 1, 1, &(sard_picture_options){.width = 1}, &fitted, &error), &error, "sard_picture_options");
    /* sizeof a pointer to it */
    refused(sard_context_new(&(sard_context_options){.struct_size = sizeof(void *)}, &(sard_context *){NULL}, &error), &error,
            "sard_context_options has a struct_size of 8, must be sizeof(sard_context_options)");
    refused(sard_image_fit(&image, 1, 1, &(sard_picture_options){.struct_size = sizeof(void *)}, &fitted, &error), &error,
            "sard_picture_options has a struct_size of 8");
    sard_model_free(model);
    sard_graph_free(graph);
    sard_context_free(context);
}
END_TEST

static Suite *suite(void) { return check_suite("options", (const TTest *[]){a_size_of_zero_is_refused, NULL}); }

CHECK_MAIN(suite)
