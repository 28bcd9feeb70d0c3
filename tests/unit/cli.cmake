mesh_unit_test(cli mesh_cli
  unit/test_cli_arguments.cpp
  unit/test_cli_completion.cpp
  unit/test_cli_help.cpp
  unit/test_cli_output.cpp
  unit/test_cli_plan_output.cpp
  unit/test_cli_program.cpp
  unit/test_cli_shells.cpp
  unit/test_cli_terminal.cpp
  unit/test_cli_tree.cpp
  unit/test_cli_values.cpp
  unit/test_cli_yaml.cpp)
target_link_libraries(test_cli PRIVATE mesh_front mesh_yaml util)
add_dependencies(test_cli kubectl-mesh mesh-engine)
