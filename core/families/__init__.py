"""Model families: a shape gives parameters, a parameter count gives shapes."""
