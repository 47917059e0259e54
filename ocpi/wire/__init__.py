"""What every OCPI exchange shares: envelope, authorisation, headers, paging, faults, PATCH."""
