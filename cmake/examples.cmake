# Programs of examples/, to see that they build. examples/plugin builds itself against the installed package (tests/examples).
add_executable(example_classify ${PROJECT_SOURCE_DIR}/examples/inception_v3/classify.c)
target_link_libraries(example_classify PRIVATE sard_image_static m)
set_target_properties(example_classify PROPERTIES OUTPUT_NAME classify RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples C_EXTENSIONS OFF)
