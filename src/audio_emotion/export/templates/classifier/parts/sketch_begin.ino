    ae_listener_reset(&listener, &ae_endpointer_defaults);
