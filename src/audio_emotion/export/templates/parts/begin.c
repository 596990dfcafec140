ae_listener_reset(&listener, &ae_listener_defaults)
