/* Classifies a picture with a network from an .onnx file: the whole of what a program has to do.
 *
 *     cc classify.c -o classify $(pkg-config --cflags --libs sard_image sard) -lm
 *     ./classify inception_v3.onnx cat.jpg imagenet.txt
 */
#include <sard/image.h>
#include <sard/sard.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOP = 5, LABEL = 128 };

/* Turns scores into probabilities, in place. */
static void softmax(float *x, size_t n)
{
    float largest = x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        largest = fmaxf(largest, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += x[i] = expf(x[i] - largest);
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
}

/* Line `index` of a file of labels, or its number where there is none. */
static void find_label(const char *path, size_t index, char text[LABEL])
{
    FILE *file = path ? fopen(path, "r") : NULL;
    snprintf(text, LABEL, "class %zu", index);
    for (char line[LABEL]; file && fgets(line, sizeof line, file); index--) {
        if (index == 0) {
            line[strcspn(line, "\r\n")] = 0;
            memcpy(text, line, sizeof line);
            break;
        }
    }
    if (file)
        fclose(file);
}

/* Prints the most probable classes; takes each from the list once it is printed. */
static void print_top(float *probability, size_t n, const char *labels)
{
    char label[LABEL];
    for (size_t place = 0; place < TOP && place < n; place++) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++)
            if (probability[i] > probability[best])
                best = i;
        find_label(labels, best, label);
        printf("%6.2f %%  %s\n", 100 * (double)probability[best], label);
        probability[best] = -1;
    }
}

/* Loads the picture, brings it into the form that the model's input asks for, runs the model. */
static sard_status classify(sard_session *session, const sard_model *model, const char *picture, const char *preset, const char *labels,
                            sard_error *error)
{
    const sard_picture_options options = {.struct_size = sizeof options, .preset = preset};
    sard_image image = {0};
    sard_tensor input = {0}, output = {0};
    sard_status status = sard_image_load(picture, NULL, &image, error);
    if (!status)
        status = sard_image_to_tensor(&image, 1, sard_model_input(model, 0), &options, &input, error);
    if (!status)
        status = sard_session_run(session, &input, 1, &output, 1, error);
    if (!status && output.dtype != SARD_F32)
        status = sard_fail(error, SARD_UNSUPPORTED, "%s: the scores are %s, not float32", picture, sard_dtype_name(output.dtype));
    if (!status && output.bytes) {
        softmax(output.data, output.bytes / sizeof(float)); /* output.data belongs to the session until its next run */
        print_top(output.data, output.bytes / sizeof(float), labels);
    }
    free(input.data);
    sard_image_free(&image);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return fprintf(stderr, "usage: classify MODEL.onnx PICTURE [LABELS.txt [PRESET]]\n"), 2;
    sard_context *context = NULL;
    sard_model *model = NULL;
    sard_session *session = NULL;
    sard_error error;
    sard_status status = sard_context_new(NULL, &context, &error);
    if (!status)
        status = sard_model_load(context, argv[1], NULL, &model, &error);
    if (!status)
        status = sard_session_new(model, NULL, &session, &error);
    if (!status)
        status = classify(session, model, argv[2], argc > 4 ? argv[4] : "inception", argc > 3 ? argv[3] : NULL, &error);
    if (status)
        fprintf(stderr, "classify: %s\n", error.text);
    sard_session_free(session);
    sard_model_free(model);
    sard_context_free(context);
    return status ? 2 : 0;
}
